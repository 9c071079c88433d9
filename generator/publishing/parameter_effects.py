"""The effects of an update that changes one parameter of a stack: read from the template, without an account.

CloudFormation decides it by values, which `plan` shows. Here a reference is a change: a condition may have the same
result for both values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.changesets.change_set_reading import naming
from generator.changesets.losses import replacement_meaning
from generator.changesets.update_requires import replaces
from generator.cloudformation.references import references
from generator.cloudformation.template_format import functions_in
from generator.publishing.granted_statements import Rendered


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A resource that is replaced."""

    resource: str
    properties: tuple[str, ...]
    """The properties whose change replaces it."""
    meaning: str
    """The fate of the old one."""


@dataclass(frozen=True, kw_only=True)
class ParameterEffects:
    """The effects of another value of a parameter."""

    replaces: tuple[Replacement, ...]
    updates: tuple[str, ...]
    """Resources that are updated in place."""
    exports: tuple[str, ...]
    """Outputs whose export gets another name or value: CloudFormation refuses that while a stack imports it."""


def parameter_effects(parameter: str, body: Rendered) -> ParameterEffects:
    """The effects of another value, also on resources that refer to a replaced one."""
    changed: dict[str, set[str]] = {}
    names = {parameter}
    while True:
        found = {name: set(_changed(resource, names, parameter, body)) for name, resource in body["Resources"].items()}
        if found == changed:
            break
        changed = found
        names = {parameter, *(name for name in changed if _replacing(body["Resources"][name], changed[name]))}
    return ParameterEffects(
        replaces=tuple(_replacement(name, body["Resources"][name], changed[name]) for name in changed if name in names),
        updates=tuple(name for name, properties in changed.items() if properties and name not in names),
        exports=tuple(
            name
            for name, output in body.get("Outputs", {}).items()
            if "Export" in output and is_affected([output["Export"], output["Value"]], names, parameter, body)
        ),
    )


def is_affected(node: Any, names: set[str], parameter: str, body: Rendered) -> bool:
    """Whether a value refers to one of the names, or is chosen by a condition in which the parameter has a part."""
    if names & set(references(node)):
        return True
    conditions = {argument[0] for function, argument in functions_in(node) if function == "Fn::If"}
    return any(parameter in parameters_of(each, body) for each in conditions)


def parameters_of(condition: str, body: Rendered) -> set[str]:
    """The parameters in a condition, also in the conditions that it is made of."""
    found, inner = body["Conditions"][condition], set[str]()
    for function, argument in functions_in(found):
        if function == "Condition":
            inner |= parameters_of(argument, body)
    return {*references(found), *inner} & set(body["Parameters"])


def _changed(resource: Mapping[str, Any], names: set[str], parameter: str, body: Rendered) -> Iterator[str]:
    """The properties that change."""
    for name, value in resource.get("Properties", {}).items():
        if is_affected(value, names, parameter, body):
            yield name


def _replacing(resource: Mapping[str, Any], changed: set[str]) -> list[str]:
    """Those of the changed properties that replace the resource, in the order of the template."""
    return [name for name in resource.get("Properties", {}) if name in changed and replaces(resource["Type"], name)]


def _replacement(name: str, resource: Mapping[str, Any], changed: set[str]) -> Replacement:
    because = _replacing(resource, changed)
    policy = f"ReplaceAnd{resource.get('UpdateReplacePolicy', 'Delete')}"
    kept = _kept_name(resource, because)
    refused = f"AWS refuses that as long as {kept} stays the same: change it as well"
    meaning = refused if kept else replacement_meaning(resource["Type"], policy)
    return Replacement(resource=name, properties=tuple(because), meaning=meaning)


def _kept_name(resource: Mapping[str, Any], because: list[str]) -> str:
    """The property with a name that does not change, which the old resource keeps from the new one; "" without one.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    own = naming(resource["Type"])
    if any(each in own or each.endswith("Name") for each in because):
        return ""  # the name itself changes, or that of the domain or application in which it is unique
    return next((each for each in resource["Properties"] if each in own), "")
