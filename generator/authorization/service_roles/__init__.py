"""What each AWS service does with the role that a resource gives it, one module for each service.

Each module gives ROLE_USERS: type of resource -> the calls that the service makes for such a resource in the course of
a run. Every routine names the AWS page that lists its calls.
"""
