"""CloudFormation: stacks that are made of the emulated services, through their own APIs.

moto has a CloudFormation of its own. It lacks about half of the types that the templates use, deletes what
RetainExceptOnCreate keeps, and misses updates that come from a parameter, a condition or another resource: one that
works on any service with a Create and a Delete is smaller than what would have to be corrected there.

Not emulated: nested stacks, macros, drift, import, stack policies, tags that a stack hands to its resources, and time:
a change set has been carried out when ExecuteChangeSet answers.
"""
