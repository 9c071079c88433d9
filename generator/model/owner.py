"""The owner of resources: the names of log groups, projects and aliases, which policies must know beforehand.

Few resources have a name of their own, because a named resource cannot be replaced and collides with a second stack.
"""

from __future__ import annotations

from typing import NamedTuple

from troposphere import Ref, Select, Split, Sub

STACK = "${AWS::StackName}"
# The first part of the id of the stack: eight characters, for names that a stack's name would make too long.
STACK_SUFFIX = Select(0, Split("-", Select(2, Split("/", Ref("AWS::StackId")))))


class Owner(NamedTuple):
    """A kind of stack and the name of one of them, as Fn::Sub reads it: a parameter, or the stack's name."""

    kind: str
    name: str = STACK

    def log_group(self, thing: str) -> Sub:
        """The name of a log group. All of them begin with /ecr-pipeline/, so that one key policy can name them."""
        return Sub(f"/ecr-pipeline/{self.kind}/{self.name}/{thing}")

    def resource(self, thing: str) -> str:
        """The name of a resource as Fn::Sub reads it, distinct from that of every other owner."""
        return f"{self.name}-{thing}" if self.name == STACK else f"ecr-pipeline-{self.kind}-{self.name}-{thing}"

    @property
    def log_groups(self) -> str:
        """A pattern that matches all log groups of this owner."""
        return f"/ecr-pipeline/{self.kind}/{self.name}/*"


EVERY_LOG_GROUP = "/ecr-pipeline/*"
