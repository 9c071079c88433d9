"""The parts of AWS that the published templates need, on this machine: moto's services behind our own CloudFormation.

It needs the packages of the extra `try`, so that nothing but `ecr-pipeline try` and the tests imports it.
"""
