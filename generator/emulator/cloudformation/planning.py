"""What an order comes to before anything is made: which resources, in which order, and what a change set says."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from generator.discovery import merged
from generator.emulator.cloudformation import types
from generator.emulator.cloudformation.errors import NotEmulatedError
from generator.emulator.cloudformation.intrinsics import Scope, holds, resolve
from generator.emulator.cloudformation.kind import Kind
from generator.emulator.cloudformation.stacks import Body, Order, Stack, exports
from generator.emulator.service import RefusedError
from generator.listed import listed

Client = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What a stack is made in."""

    client: Client
    inside: Client
    stacks: Mapping[str, Stack]
    """All stacks of the account and region, for exports."""
    pseudo: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A resource that is to be."""

    type: str
    properties: Mapping[str, Any]
    deletion_policy: str
    update_replace_policy: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an order comes to, before anything is made: references to resources are still names."""

    resources: Mapping[str, Planned]
    """Each resource whose condition holds, dependencies first."""
    outputs: Mapping[str, Any]
    tags: Mapping[str, str]
    imports: frozenset[str]


@functools.cache
def kinds() -> dict[str, Kind]:
    """Every type of resource that is emulated."""
    return merged(types, "TYPES")


def kind_of(name: str) -> Kind:
    """The kind of a type. Custom resources may be called anything that begins with Custom::."""
    custom = "AWS::CloudFormation::CustomResource"
    known = kinds()
    if name.startswith("Custom::"):
        return known[custom]
    if name not in known:
        raise NotEmulatedError(f"a type of resource that is not emulated: {name}")
    return known[name]


def plan(order: Order, environment: Environment) -> Plan:
    """The plan of an order, or an error that names what is wrong with the template."""
    body = order.body
    active = _active(order, environment)
    used: set[str] = set()
    imports: set[str] = set()

    def reference(name: str) -> str:
        _known(name, active)
        used.add(name)
        return f"${{{name}}}"

    def attribute(name: str, key: str) -> str:
        _known(name, active)
        used.add(name)
        return f"${{{name}.{key}}}"

    def imported(name: str) -> str:
        imports.add(name)
        return _imported(environment, name)

    scope = replace(scope_of(order, environment), reference=reference, attribute=attribute, imported=imported)
    planned: dict[str, Planned] = {}
    dependencies: dict[str, set[str]] = {}
    for name in active:
        used.clear()
        definition = body["Resources"][name]
        properties = resolve(definition.get("Properties", {}), scope)
        explicit = definition.get("DependsOn", [])
        dependencies[name] = used | {one for one in listed(explicit) if one in active}
        planned[name] = Planned(
            type=definition["Type"],
            properties=properties,
            deletion_policy=definition.get("DeletionPolicy", "Delete"),
            update_replace_policy=definition.get("UpdateReplacePolicy", "Delete"),
        )
    outputs = resolve(outputs_of(body, scope), scope)
    return Plan(
        resources={name: planned[name] for name in _sorted(dependencies)},
        outputs=outputs,
        tags=order.tags,
        imports=frozenset(imports),
    )


def changes(before: Plan | None, after: Plan) -> list[dict[str, Any]]:
    """What a change set lists: resources to add, to modify and to remove."""
    old = before.resources if before else {}
    found = []
    for name, resource in after.resources.items():
        if name not in old:
            found.append(_change("Add", name, resource.type))
        elif old[name] != resource:
            found.append(_change("Modify", name, resource.type))
    return found + [_change("Remove", name, old[name].type) for name in old if name not in after.resources]


def _change(action: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "Type": "Resource",
        "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind},
    }


def scope_of(order: Order, environment: Environment) -> Scope:
    """What functions see where no resource is in sight: in conditions."""

    def unknown(*_names: str) -> str:
        raise RefusedError("Template format error: a condition refers to a resource")

    def zones(region: str) -> list[str]:
        found = environment.client("ec2").describe_availability_zones()["AvailabilityZones"]
        return [zone["ZoneName"] for zone in found if not region or zone["RegionName"] == region]

    return Scope(
        values={**environment.pseudo, **order.values},
        conditions=order.body.get("Conditions", {}),
        mappings=order.body.get("Mappings", {}),
        reference=unknown,
        attribute=unknown,
        imported=lambda name: _imported(environment, name),
        zones=zones,
    )


def _active(order: Order, environment: Environment) -> list[str]:
    """The resources whose condition holds."""
    scope = scope_of(order, environment)
    resources: Body = order.body["Resources"]
    for resource in resources.values():
        kind_of(resource["Type"])
    return [
        name
        for name, resource in resources.items()
        if "Condition" not in resource or holds({"Condition": resource["Condition"]}, scope)
    ]


def _known(name: str, active: Iterable[str]) -> None:
    if name not in active:
        raise RefusedError(
            f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
        )


def outputs_of(body: Body, scope: Scope) -> dict[str, Any]:
    """The outputs whose condition holds, as the template has them."""
    return {
        name: {key: value for key, value in output.items() if key != "Condition"}
        for name, output in body.get("Outputs", {}).items()
        if "Condition" not in output or holds({"Condition": output["Condition"]}, scope)
    }


def _imported(environment: Environment, name: str) -> str:
    known = exports(environment.stacks)
    if name not in known:
        raise RefusedError(f"No export named {name} found.")
    return known[name][1]


def _sorted(dependencies: Mapping[str, set[str]]) -> list[str]:
    try:
        return list(TopologicalSorter(dependencies).static_order())
    except CycleError as error:
        circle = ", ".join(sorted(set(error.args[1])))
        raise RefusedError(f"Circular dependency between resources: [{circle}]") from None
