"""What is known of types of resources: one module for each service.

Each module gives RESOURCE_TYPES: "AWS::Service::Type" -> ResourceType. Nothing is registered.
"""
