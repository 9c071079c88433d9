"""What the functions of a template can look up, and the placeholder for a value that is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from generator.cloudformation.refusals import RefusedError

ABSENT = object()
"""What a Ref to AWS::NoValue gives: CloudFormation removes the property or item that has it."""


@dataclass(frozen=True)
class Unknown:
    """A value that is not known yet: a lookup without an answer, or a function of one.

    Two unknown values are equal if the same function would give them, so that plans can be compared.
    """

    function: str
    argument: Any
    """As far as it is known: it may contain unknown values."""

    @property
    def names(self) -> tuple[str, ...]:
        """What must be known first: `Name` of a Ref, `Name.Attribute` of a Fn::GetAtt, or the name of an export."""
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
    """The lookup of a Fn::GetAtt in a scope that does not know the resources."""
    return Unknown("Fn::GetAtt", [name, attribute])


def unknown_import(name: str) -> Unknown:
    """The lookup of a Fn::ImportValue in a scope that does not know the exports."""
    return Unknown("Fn::ImportValue", name)


def unknown_zones(region: str) -> Unknown:
    """The lookup of a Fn::GetAZs in a scope that does not know the zones."""
    return Unknown("Fn::GetAZs", region)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the functions of a template can look up.

    A lookup gives a value or an Unknown, or raises an error: that alone makes a scope strict or not. A function of an
    unknown value is unknown as well.
    """

    values: Mapping[str, Any]
    """Parameters and pseudo parameters; Unknown for one whose value is not known."""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    reference: Callable[[str], Any] = unknown_reference
    """What a Ref to a resource gives."""
    attribute: Callable[[str, str], Any] = unknown_attribute
    """What a Fn::GetAtt gives."""
    imported: Callable[[str], Any] = unknown_import
    """What a Fn::ImportValue gives for the name of an export."""
    zones: Callable[[str], Any] = unknown_zones
    """What a Fn::GetAZs gives for a region, "" for this one."""
    account: Callable[[str, Any], Any] = Unknown
    """What Rules ask the account, by function and argument: Fn::RefAll, Fn::ValueOf, Fn::ValueOfAll."""
    pending: tuple[str, ...] = ()
    """The conditions that are being decided, to notice a circle."""


def without_lookups(scope: Scope, message: str) -> Scope:
    """The scope for a text that must not depend on resources, imported values or zones: the message if it does."""

    def refuse(*_names: str) -> NoReturn:
        raise RefusedError(message)

    return replace(scope, reference=refuse, attribute=refuse, imported=refuse, zones=refuse)
