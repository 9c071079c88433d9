"""The lookups of a template's functions, and the placeholder for an unknown value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from generator.cloudformation.refusals import RefusedError

ABSENT = object()
"""The Ref of AWS::NoValue: CloudFormation removes the property or item that has it."""


@dataclass(frozen=True)
class Unknown:
    """A value that is not known yet: a lookup without an answer, or a function of such a value.

    Two unknown values are equal if the same function would return them, so that plans can be compared.
    """

    function: str
    argument: Any
    """The argument, as far as it is known: it may contain unknown values."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it depends on: `Name` of a Ref, `Name.Attribute` of an Fn::GetAtt, the name of an export."""
        if inner := [name for each in unknowns(self.argument) for name in each.names]:
            return tuple(dict.fromkeys(inner))
        match self.function, self.argument:
            case (("Ref" | "Fn::ImportValue"), str(name)):
                return (name,)
            case "Fn::GetAtt", [str(name), str(attribute)]:
                return (f"{name}.{attribute}",)
        return (self.function,)


def unknowns(value: Any) -> Iterator[Unknown]:
    """The unknown values in a value."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from unknowns(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from unknowns(item)


def unknown_reference(name: str) -> Unknown:
    """The lookup of a Ref in a scope that does not know the resources."""
    return Unknown("Ref", name)


def unknown_attribute(name: str, attribute: str) -> Unknown:
    """The lookup of an Fn::GetAtt in a scope that does not know the resources."""
    return Unknown("Fn::GetAtt", [name, attribute])


def unknown_import(name: str) -> Unknown:
    """The lookup of an Fn::ImportValue in a scope that does not know the exports."""
    return Unknown("Fn::ImportValue", name)


def unknown_zones(region: str) -> Unknown:
    """The lookup of an Fn::GetAZs in a scope that does not know the zones."""
    return Unknown("Fn::GetAZs", region)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The lookups that the functions of a template use.

    A lookup returns a value or an Unknown, or raises an error, which makes a scope strict. A function of an unknown
    value is unknown as well.
    """

    values: Mapping[str, Any]
    """Parameters and pseudo parameters; Unknown if the value is not known."""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    reference: Callable[[str], Any] = unknown_reference
    """The Ref of a resource."""
    attribute: Callable[[str, str], Any] = unknown_attribute
    """The Fn::GetAtt of a resource."""
    imported: Callable[[str], Any] = unknown_import
    """The Fn::ImportValue of the name of an export."""
    zones: Callable[[str], Any] = unknown_zones
    """The Fn::GetAZs of a region, "" for this one."""
    account: Callable[[str, Any], Any] = Unknown
    """The answers to functions of Rules about the account, by function and argument: Fn::RefAll, Fn::ValueOf,
    Fn::ValueOfAll.
    """
    pending: tuple[str, ...] = ()
    """The conditions that are being evaluated, to detect a cycle."""


def without_lookups(scope: Scope, message: str) -> Scope:
    """The scope for a text that must not depend on resources, imports or zones. `message` is the error if it does."""

    def refuse(*_names: str) -> NoReturn:
        raise RefusedError(message)

    return replace(scope, reference=refuse, attribute=refuse, imported=refuse, zones=refuse)
