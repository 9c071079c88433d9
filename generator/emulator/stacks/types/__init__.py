"""The types of resources that are emulated, one module for each service.

Each module gives TYPES: the name of a type -> its Kind. Another type is another entry, and nothing is registered.
"""
