"""Small stacks, made and looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, allow_everything


@dataclass(frozen=True)
class Stacks:
    """The stacks of an emulated AWS."""

    aws: Emulator

    def make(self, name: str = "test", /, *, given: Mapping[str, str] | None = None, **sections: Any) -> str:
        """Create a stack of the sections of a template, or update the existing one. Returns its status."""
        known = [stack["StackName"] for stack in self.all()]
        client = self.aws.client("cloudformation")
        order = client.update_stack if name in known else client.create_stack
        order(
            StackName=name,
            TemplateBody=json.dumps(sections),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in (given or {}).items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        return str(self.stack(name)["StackStatus"])

    def all(self) -> list[dict[str, Any]]:
        """Every existing stack."""
        return list(self.aws.inside("cloudformation").describe_stacks()["Stacks"])

    def stack(self, name: str = "test") -> dict[str, Any]:
        """A stack as it is described."""
        return dict(self.aws.inside("cloudformation").describe_stacks(StackName=name)["Stacks"][0])

    def delete(self, name: str = "test") -> str:
        """Deletes a stack; its status after that."""
        arn = self.stack(name)["StackId"]
        self.aws.client("cloudformation").delete_stack(StackName=name)
        return str(self.stack(arn)["StackStatus"])

    def ids(self, name: str = "test") -> dict[str, str]:
        """The physical ids of the resources, by their logical ids."""
        found = self.aws.inside("cloudformation").describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    def outputs(self, name: str = "test") -> dict[str, str]:
        """The outputs of a stack."""
        return {one["OutputKey"]: one["OutputValue"] for one in self.stack(name)["Outputs"]}

    def history(self, name: str = "test") -> list[str]:
        """The events in order: logical id and status."""
        events = self.aws.inside("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [f"{one['LogicalResourceId']} {one['ResourceStatus']}" for one in reversed(events)]

    def reasons(self, name: str = "test") -> str:
        """Every reason in the history."""
        events = self.aws.inside("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(one.get("ResourceStatusReason", "") for one in events)


@contextmanager
def stacks_of(guard: Guard = allow_everything) -> Iterator[Stacks]:
    """An emulated AWS to make stacks in."""
    with emulator(guard=guard) as aws:
        yield Stacks(aws)
