"""Name conflicts: a resource whose template names it cannot be created twice in an account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from generator.cloudformation.resource_type import resource_type
from generator.emulator.stacks.planning import Plan
from generator.emulator.stacks.stack_records import Stack


class Conflict(NamedTuple):
    """A resource that cannot be created, because a resource of its type already has its name."""

    logical_id: str
    type: str
    name: str
    owner: Stack
    """The stack of the existing resource."""


def conflict(
    logical_id: str, kind: str, properties: Mapping[str, Any], stack: Stack, stacks: Mapping[str, Stack]
) -> Conflict | None:
    """The existing resource with the name of one that a stack is about to create; None if there is none."""
    wanted = _identifier(kind, properties, stack.region)
    if not wanted:
        return None
    for owner in stacks.values():
        for other in owner.resources.values():
            itself = owner is stack and other.logical_id == logical_id
            if other.type == kind and not itself and _identifier(kind, other.properties, stack.region) == wanted:
                return Conflict(logical_id, kind, "|".join(wanted), owner)
    return None


def conflicts(after: Plan, stack: Stack, stacks: Mapping[str, Stack]) -> Iterator[Conflict]:
    """The conflicts of the resources that a stack is going to have, as far as their names are known in advance."""
    for name, planned in after.resources.items():
        if found := conflict(name, planned.type, planned.properties, stack, stacks):
            yield found


def _identifier(kind: str, properties: Mapping[str, Any], region: str) -> tuple[str, ...]:
    """The name that the template gives the resource; empty if AWS names it."""
    values = [properties.get(name) for name in _named_by(kind, region)]
    known = [value for value in values if isinstance(value, str)]
    return tuple(known) if len(known) == len(values) else ()


def _named_by(kind: str, region: str) -> list[str]:
    """The properties that identify a resource of the type, if a template can set all of them; otherwise none."""
    if named_by := resource_type(kind).named_by:
        return [named_by]
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        return []
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema
    paths = schema["primaryIdentifier"]
    if set(paths) & set(schema.get("readOnlyProperties", [])):
        return []
    return [path.removeprefix("/properties/") for path in paths]
