"""The emulated types of resources: one module for each service.

Each module has TYPES: the name of a type -> its ResourceHandler. A new type is a new entry, found without being
registered.
"""
