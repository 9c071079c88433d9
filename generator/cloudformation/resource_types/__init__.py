"""Types of resources: one module for each service.

Each module has RESOURCE_TYPES: "AWS::Service::Type" -> ResourceType. Modules are found without being registered.
"""
