"""AWS on this machine, as far as the published templates need it: moto's services behind our own CloudFormation.

It needs the packages of the extra `try`, so that nothing but `ecr-pipeline try` and the tests imports it.
"""
