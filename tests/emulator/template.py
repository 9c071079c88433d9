"""A created stack as its template describes it: resources and outputs with every function resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from generator.cloudformation.parameter_types import is_list, members, text
from generator.cloudformation.resolver import holds, resolve
from generator.cloudformation.scope import Scope
from generator.emulator.front.cloud import Emulator
from generator.emulator.stacks.planning import kind_of
from generator.emulator.stacks.resource_handler import ResourceContext
from tests.rendered import strings
from tests.schemas import own_names


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
    """The description by the template."""

    resources: tuple[Resource, ...]
    outputs: dict[str, str]


def said(aws: Emulator, stack: str) -> Said:
    """The description of a stack by its template and parameters."""
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


def fixed(body: Mapping[str, Any]) -> set[str]:
    """The parameters that cannot change while a resource keeps its name from the template.

    AWS would replace the resource, and cannot have two of the same name.
    """
    found: set[str] = set()
    for resource in body["Resources"].values():
        identifier, only = _identity(resource["Type"])
        properties = resource.get("Properties", {})
        # A state machine is identified by its ARN, of which its name is a part.
        own = [name for name in (*identifier, *own_names(resource["Type"])) if name in properties and name in only]
        others = _mentioned([properties.get(name) for name in only if name not in own], body)
        # A name that contains all others changes with them.
        if own and not others & body["Parameters"].keys() <= _mentioned([properties[name] for name in own], body):
            found |= _mentioned([properties.get(name) for name in only], body)
        elif own and not others:
            found |= _mentioned([properties[name] for name in own], body)
    return {name for name in body.get("Parameters", {}) if name in found}


def changed(body: Mapping[str, Any], first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Parameters that turn a stack of the first file into one of the second, except those that are fixed."""
    left_out = {name: value for name, value in defaults(body).items() if name in first}
    kept = fixed(body)
    return {name: value for name, value in {**left_out, **second}.items() if name not in kept}


def defaults(body: Mapping[str, Any]) -> dict[str, str]:
    """The default of every parameter that has one."""
    return {name: text(one["Default"]) for name, one in body.get("Parameters", {}).items() if "Default" in one}


def unique(body: Mapping[str, Any]) -> bool:
    """Whether an account can have only one stack of the template.

    Such a template names a resource by a parameter, or has settings that exist once per registry.
    """
    once = [one for one in body["Resources"].values() if _identity(one["Type"])[0] == ["RegistryId"]]
    return bool(once or fixed(body))


def _identity(kind: str) -> tuple[list[str], list[str]]:
    """The properties that identify a resource of a type, and those for whose change AWS replaces it."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", kind).schema
    identifier, only = schema["primaryIdentifier"], schema.get("createOnlyProperties", [])
    return [path.split("/")[2] for path in identifier], [path.split("/")[2] for path in only]


def _mentioned(value: Any, body: Mapping[str, Any]) -> set[str]:
    """The names that a value refers to, itself or through conditions."""
    found: set[str] = set()
    for said_there in strings(value):
        found |= {said_there, *re.findall(r"\$\{([A-Za-z0-9]+)", said_there)}
    for name in found & body.get("Conditions", {}).keys():
        found |= _mentioned(body["Conditions"][name], body)
    return found


def _holds(one: dict[str, Any], scope: Scope) -> bool:
    return "Condition" not in one or holds(one["Condition"], scope)


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
        work = ResourceContext(
            client=aws.inside,
            inside=aws.inside,
            stack_name=stack,
            stack_id=described["StackId"],
            logical_id=name,
            type=body["Resources"][name]["Type"],
            account=aws.account,
            region=aws.region,
            partition=partition,
        )
        resource = body["Resources"][name]
        properties = {
            key: value for key, value in resource.get("Properties", {}).items() if key in {"VpcId", "EventBusName"}
        }
        return kind_of(resource["Type"]).attributes(work, ids[name], properties)[key]

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
