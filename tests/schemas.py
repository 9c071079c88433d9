"""CloudFormation's schemas of resource types."""

from __future__ import annotations

from functools import cache
from typing import Any

from generator.checks.lint import schemas


@cache
def schema(kind: str) -> dict[str, Any]:
    """The schema of the type."""
    return dict(schemas().get_resource_schema("us-east-1", kind).schema)


def create_only(kind: str) -> set[str]:
    """The properties whose change replaces a resource of the type."""
    return {path.split("/")[2] for path in schema(kind).get("createOnlyProperties", [])}


def own_names(kind: str) -> set[str]:
    """The properties that name a resource of the type itself, not another one: GroupName of a SecurityGroup."""
    return {
        name
        for name in create_only(kind)
        if name == "Name" or (name.endswith("Name") and kind.endswith(name.removesuffix("Name")))
    }
