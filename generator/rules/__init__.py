"""Rules for cfn-lint about pipelines.

They depend on no other package of the project: cfn-lint --append-rules generator/rules TEMPLATE.

cfn-lint runs every file of the folder by its path, outside of any package, and leaves out this one. So a rule imports
cfn-lint and the standard library alone: any file works wherever it is copied to. For the same reason records are named
tuples: a dataclass looks its module up in sys.modules, where a file that is run by its path is not.
"""
