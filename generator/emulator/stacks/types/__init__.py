"""The types of resources that are emulated, one module for each service.

Each module gives TYPES: the name of a type -> its ResourceHandler. Another type is another entry; none is registered.
"""
