"""Intrinsic functions, resolved as CloudFormation does it before it hands properties to a service.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from generator.cloudformation.errors import NotEmulatedError, RefusedError

NO_VALUE = object()
"""What a Ref to AWS::NoValue gives: the property that holds it is not there."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the functions of a template can look at."""

    values: Mapping[str, Any]
    """Parameters and pseudo parameters."""
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any]
    reference: Callable[[str], str]
    """What a Ref to a resource gives."""
    attribute: Callable[[str, str], Any]
    """What a Fn::GetAtt gives."""
    imported: Callable[[str], str]
    """What a Fn::ImportValue gives for the name of an export."""
    zones: Callable[[str], list[str]]
    draft: bool = False
    """Whether resources do not exist yet: what depends on them is text with ${Name} in the place of their values."""


def without_lookups(scope: Scope, message: str) -> Scope:
    """The scope for a text that must not depend on resources, imported values or zones: the message if it does."""

    def refuse(*_names: str) -> NoReturn:
        raise RefusedError(message)

    return replace(scope, reference=refuse, attribute=refuse, imported=refuse, zones=refuse)


def resolve(node: Any, scope: Scope) -> Any:
    """The value without functions; NO_VALUE where there is none."""
    if isinstance(node, list):
        items = [resolve(item, scope) for item in node]
        return [item for item in items if item is not NO_VALUE]
    if isinstance(node, str) and (dynamic := _DYNAMIC.search(node)):
        raise NotEmulatedError(f"dynamic references are not emulated: {dynamic[0]}")
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        ((function, argument),) = node.items()
        if function == "Ref":
            return _ref(argument, scope)
        if function == "Condition" and isinstance(argument, str) and argument in scope.conditions:
            return holds({"Condition": argument}, scope)
        if function in _FUNCTIONS:
            return _FUNCTIONS[function](argument, scope)
        if function.startswith("Fn::"):
            raise NotEmulatedError(f"{function} is not emulated")
    resolved = {key: resolve(value, scope) for key, value in node.items()}
    return {key: value for key, value in resolved.items() if value is not NO_VALUE}


def holds(condition: Any, scope: Scope) -> bool:
    """Whether a condition of the template holds."""
    ((function, argument),) = condition.items()
    match function:
        case "Condition":
            return holds(scope.conditions[argument], scope)
        case "Fn::And":
            return all(holds(part, scope) for part in argument)
        case "Fn::Or":
            return any(holds(part, scope) for part in argument)
        case "Fn::Not":
            return not holds(argument[0], scope)
        case "Fn::Equals":
            one, other = (resolve(side, scope) for side in argument)
            return bool(_text(one) == _text(other))
    raise NotEmulatedError(f"{function} is not emulated in a condition")


def _ref(name: str, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    return scope.values[name] if name in scope.values else scope.reference(name)


def _text(value: Any) -> Any:
    """Numbers and truth values as CloudFormation compares and joins them: as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(name, resolve(attribute, scope))


def _sub(argument: Any, scope: Scope) -> str:
    text, local = (argument, {}) if isinstance(argument, str) else argument
    known = {name: resolve(value, scope) for name, value in local.items()}

    def value(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        if name in known:
            return str(_text(known[name]))
        found = _get_att(name, scope) if "." in name else _ref(name, scope)
        if not isinstance(found, str | int | float):
            raise RefusedError(f"Template error: variable {name} in Fn::Sub expression does not resolve to a string")
        return str(_text(found))

    return _VARIABLE.sub(value, text)


def _join(argument: Any, scope: Scope) -> str:
    delimiter, parts = argument[0], resolve(argument[1], scope)
    if not isinstance(parts, list) or not all(isinstance(part, str | int | float) for part in parts):
        raise RefusedError(
            "Template error: every Fn::Join object requires two parameters, the second a list of strings"
        )
    return str(delimiter).join(str(_text(part)) for part in parts)


def _split(argument: Any, scope: Scope) -> list[str]:
    return str(resolve(argument[1], scope)).split(argument[0])


def _select(argument: Any, scope: Scope) -> Any:
    index, items = int(resolve(argument[0], scope)), resolve(argument[1], scope)
    if scope.draft and any("${" in str(item) for item in items):
        return f"${{Fn::Select {index} of {items}}}"  # how long the list will be is not known yet
    if not 0 <= index < len(items):
        raise RefusedError(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[index]


def _if(argument: Any, scope: Scope) -> Any:
    name, when, otherwise = argument
    return resolve(when if holds({"Condition": name}, scope) else otherwise, scope)


def _import_value(argument: Any, scope: Scope) -> str:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html."""
    message = (
        "Template error: the attribute in Fn::ImportValue must not depend on any resources,"
        " imported values, or Fn::GetAZs"
    )
    name = resolve(argument, without_lookups(scope, message))
    if not isinstance(name, str):
        raise RefusedError(
            "Template error: the attribute in Fn::ImportValue must be a string or a function that returns a string"
        )
    return scope.imported(name)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second = (resolve(part, scope) for part in argument)
    try:
        return scope.mappings[name][first][second]
    except KeyError:
        raise RefusedError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def _cidr(argument: Any, scope: Scope) -> list[str]:
    block, count, *bits = (resolve(part, scope) for part in argument)
    network = ipaddress.ip_network(block)
    prefix = network.max_prefixlen - int(bits[0] if bits else 8)
    subnets = network.subnets(new_prefix=prefix)
    return [str(next(subnets)) for _ in range(int(count))]


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Fn::Base64": lambda argument, scope: base64.b64encode(str(resolve(argument, scope)).encode()).decode(),
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": lambda argument, scope: scope.zones(resolve(argument, scope)),
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": lambda argument, scope: json.dumps(resolve(argument, scope)),
}
