"""The plan of a request before anything is created: its resources, their order, and the change set."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, NoReturn

from generator.cloudformation.refusals import NotEmulatedError, RefusedError
from generator.cloudformation.resolver import holds, resolve
from generator.cloudformation.scope import Scope, Unknown, unknown_attribute, unknown_import, unknown_reference
from generator.emulator.stacks import types
from generator.emulator.stacks.exports import export_names, exported_values
from generator.emulator.stacks.property_checks import is_known
from generator.emulator.stacks.resource_handler import Client, ResourceHandler
from generator.emulator.stacks.stack_records import Body, Stack, StackRequest
from generator.listed import listed
from generator.model.discovery import merged


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The environment in which a stack is created."""

    client: Client
    inside: Client
    stacks: Mapping[str, Stack]
    """All stacks of the account and region, for exports."""
    pseudo: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A resource that is going to exist."""

    type: str
    properties: Mapping[str, Any]
    deletion_policy: str
    update_replace_policy: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan of a request, before anything is created. Values that depend on resources are Unknown."""

    resources: Mapping[str, Planned]
    """Each resource whose condition holds, dependencies first."""
    outputs: Mapping[str, Any]
    exports: Mapping[str, str]
    """The names of exports, by output."""
    tags: Mapping[str, str]
    imports: frozenset[str]
    """The names of the exports that it imports."""
    missing: tuple[str, ...]
    """Those imports that no stack exports, in the order of the template."""


@functools.cache
def kinds() -> dict[str, ResourceHandler]:
    """Every type of resource that is emulated."""
    return merged(types, "TYPES")


def kind_of(name: str) -> ResourceHandler:
    """The handler of a type. Custom resources may have any type that begins with Custom::."""
    custom = "AWS::CloudFormation::CustomResource"
    known = kinds()
    if name.startswith("Custom::"):
        return known[custom]
    if name not in known:
        raise NotEmulatedError(f"a type of resource that is not emulated: {name}")
    return known[name]


def plan(order: StackRequest, environment: Environment) -> Plan:
    """The plan of a request, or an error that says what is wrong with the template."""
    body = order.body
    active = _active(order, environment)
    available = exported_values(environment.stacks)
    used: set[str] = set()
    imports: dict[str, None] = {}

    def reference(name: str) -> Unknown:
        _known(name, active)
        used.add(name)
        return unknown_reference(name)

    def attribute(name: str, key: str) -> Unknown:
        _known(name, active)
        used.add(name)
        return unknown_attribute(name, key)

    def imported(name: str) -> str | Unknown:
        imports[name] = None
        return available[name] if name in available else unknown_import(name)

    static = scope_of(order, environment)
    scope = replace(static, reference=reference, attribute=attribute, imported=imported)
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
    declared = outputs_of(body, scope)
    return Plan(
        resources={name: planned[name] for name in _sorted(dependencies)},
        exports=export_names(declared, static),
        outputs=resolve(declared, scope),
        tags=order.tags,
        imports=frozenset(imports),
        missing=tuple(name for name in imports if name not in available),
    )


def scope_of(order: StackRequest, environment: Environment) -> Scope:
    """The scope of functions where resources cannot be used: in conditions, and in the names of exports."""

    def unknown(name: str, *_attribute: str) -> NoReturn:
        raise RefusedError(
            f"Template format error: Unresolved dependencies [{name}]. Cannot reference resources in the Conditions"
            " block of the template"
        )

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


def _active(order: StackRequest, environment: Environment) -> list[str]:
    """The resources whose condition is true."""
    scope = scope_of(order, environment)
    resources: Body = order.body["Resources"]
    types_ = dict.fromkeys(resource["Type"] for resource in resources.values())
    if strange := [name for name in types_ if not is_known(name, environment.pseudo["AWS::Region"])]:
        raise RefusedError(f"Template format error: Unrecognized resource types: [{', '.join(strange)}]")
    for name in types_:
        kind_of(name)
    return [
        name
        for name, resource in resources.items()
        if "Condition" not in resource or holds(resource["Condition"], scope)
    ]


def _known(name: str, active: Iterable[str]) -> None:
    if name not in active:
        raise RefusedError(
            f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
        )


def outputs_of(body: Body, scope: Scope) -> dict[str, Any]:
    """The outputs whose condition is true, as the template has them."""
    return {
        name: {key: value for key, value in output.items() if key != "Condition"}
        for name, output in body.get("Outputs", {}).items()
        if "Condition" not in output or holds(output["Condition"], scope)
    }


def _imported(environment: Environment, name: str) -> str:
    available = exported_values(environment.stacks)
    if name not in available:
        raise RefusedError(f"No export named {name} found.")
    return available[name]


def _sorted(dependencies: Mapping[str, set[str]]) -> list[str]:
    try:
        return list(TopologicalSorter(dependencies).static_order())
    except CycleError as error:
        circle = ", ".join(sorted(set(error.args[1])))
        raise RefusedError(f"Circular dependency between resources: [{circle}]") from None
