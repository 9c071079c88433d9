"""The calls that AWS services make with the roles of resources: one module for each service.

Each module has ROLE_USERS: type of resource -> the calls that the service makes for such a resource in the course of a
run. Every routine names the AWS page that lists its calls.
"""
