"""The names that templates give the resources of the stacks in an emulated AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from generator.emulator.front.cloud import Emulator


class StackResource(NamedTuple):
    """A resource of a stack: its stack, its logical id, its type and its physical id."""

    stack: str
    name: str
    type: str
    id: str

    @property
    def ids(self) -> tuple[str, str]:
        """The physical id, and its last part: the name in an ARN or URL."""
        return self.id, re.split("[/:]", self.id)[-1]

    @property
    def service(self) -> str:
        """The service in its ARN."""
        service = self.type.split("::")[1].lower()
        return {"stepfunctions": "states"}.get(service, service)


def made(cloud: Emulator) -> tuple[StackResource, ...]:
    """Every resource of every stack."""
    cloudformation = cloud.inside("cloudformation")
    return tuple(
        StackResource(stack, each["LogicalResourceId"], each["ResourceType"], each["PhysicalResourceId"])
        for stack in (each["StackName"] for each in cloudformation.describe_stacks()["Stacks"])
        for each in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    )


def names(resources: Iterable[StackResource], stack: str = "") -> dict[str, str]:
    """The names that templates give resources, by ID and by SERVICE:ID, where ID is the physical id or its last part.

    The name of another stack precedes it. Some resources have the id of another one, such as the policy of a bucket:
    the name is that of the first. A last part that several ids share has no name.
    """
    whole: dict[str, str] = {}
    last: dict[str, dict[str, str]] = {}
    for each in resources:
        called = each.name if each.stack == stack else f"{each.stack}/{each.name}"
        id_, end = each.ids
        for prefix in ("", f"{each.service}:"):
            whole.setdefault(f"{prefix}{id_}", called)
            last.setdefault(f"{prefix}{end}", {}).setdefault(id_, called)
    unique = {end: called for end, ids in last.items() if len(ids) == 1 for called in ids.values()}
    return {**unique, **whole}
