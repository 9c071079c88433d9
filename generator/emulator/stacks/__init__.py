"""CloudFormation: stacks whose resources are created through the APIs of the emulated services.

moto has its own CloudFormation. It lacks about half of the types that the templates use, deletes resources with
RetainExceptOnCreate, and misses updates that come from a parameter, a condition or another resource. An implementation
that works with any service with a Create and a Delete is smaller than the necessary corrections to moto.

Not emulated: nested stacks, macros, drift, import, stack policies, tags that a stack passes to its resources, and time:
a change set has been executed when ExecuteChangeSet returns.
"""
