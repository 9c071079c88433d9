"""What a template says of a stack that was made of it: resources and outputs with every function resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.checks.values import is_list, members
from generator.emulator.cloudformation.intrinsics import Scope, holds, resolve
from generator.emulator.cloudformation.kind import Work
from generator.emulator.cloudformation.planning import kinds
from generator.emulator.server import Emulator


@dataclass(frozen=True)
class Resource:
    """One resource, as the template has it."""

    name: str
    type: str
    physical_id: str
    properties: dict[str, Any]
    retained: bool
    """Whether it outlives its stack."""


@dataclass(frozen=True)
class Said:
    """What the template says."""

    resources: tuple[Resource, ...]
    outputs: dict[str, str]


def said(aws: Emulator, stack: str) -> Said:
    """What the template of a stack says with its parameters."""
    cloudformation = aws.inside("cloudformation")
    body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    ids = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for one in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    }
    scope = _scope(aws, stack, body, ids)
    wanted = {name: one for name, one in body["Resources"].items() if _holds(one, scope)}
    assert wanted.keys() == ids.keys()
    resources = tuple(
        Resource(
            name=name,
            type=one["Type"],
            physical_id=ids[name],
            properties=resolve(one.get("Properties", {}), scope),
            retained=one.get("DeletionPolicy", "Delete") != "Delete",
        )
        for name, one in wanted.items()
    )
    outputs = {
        name: resolve(one["Value"], scope) for name, one in body.get("Outputs", {}).items() if _holds(one, scope)
    }
    return Said(resources, {name: str(value) for name, value in outputs.items()})


def _holds(one: dict[str, Any], scope: Scope) -> bool:
    return "Condition" not in one or holds({"Condition": one["Condition"]}, scope)


def _scope(aws: Emulator, stack: str, body: dict[str, Any], ids: dict[str, str]) -> Scope:
    described = aws.inside("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in described["Parameters"]}
    types = {name: one["Type"] for name, one in body.get("Parameters", {}).items()}
    values = {name: members(given[name]) if is_list(kind) else given[name] for name, kind in types.items()}
    partition = described["StackId"].split(":")[1]
    pseudo = {
        "AWS::AccountId": aws.account,
        "AWS::Partition": partition,
        "AWS::Region": aws.region,
        "AWS::StackId": described["StackId"],
        "AWS::StackName": stack,
        "AWS::URLSuffix": "amazonaws.com",
    }

    def attribute(name: str, key: str) -> Any:
        work = Work(
            client=aws.inside,
            stack_name=stack,
            stack_id=described["StackId"],
            logical_id=name,
            account=aws.account,
            region=aws.region,
            partition=partition,
        )
        resource = body["Resources"][name]
        properties = {key: value for key, value in resource["Properties"].items() if key in {"VpcId", "EventBusName"}}
        return kinds()[resource["Type"]].attributes(work, ids[name], properties)[key]

    exports = aws.inside("cloudformation").list_exports()["Exports"]
    zones = aws.inside("ec2").describe_availability_zones()["AvailabilityZones"]
    return Scope(
        values={**values, **pseudo},
        conditions=body.get("Conditions", {}),
        mappings=body.get("Mappings", {}),
        reference=ids.__getitem__,
        attribute=attribute,
        imported={one["Name"]: one["Value"] for one in exports}.__getitem__,
        zones=lambda _: [one["ZoneName"] for one in zones],
    )
