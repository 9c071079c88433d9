"""What a value of a template comes to with given parameters, as far as CloudFormation needs no account for it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.cloudformation.values import text
from generator.errors import GeneratorError
from generator.findings import quoted

NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Scope:
    """What a template's functions look up. A parameter that is None has no value that is known."""

    parameters: Mapping[str, str | list[str] | None]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)


def resolved(node: Any, scope: Scope) -> Any:
    """The node with what its functions give in their place, NO_VALUE for AWS::NoValue. What is unknown is an error."""
    if isinstance(node, list):
        return [value for item in node if (value := resolved(item, scope)) is not NO_VALUE]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        ((name, argument),) = node.items()
        if name in _FUNCTIONS:
            try:
                return _FUNCTIONS[name](argument, scope)
            except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
                raise GeneratorError(f"{quoted(node)} is no {name} that CloudFormation takes") from error
        if name.startswith("Fn::"):
            raise GeneratorError(f"{quoted(node)}: {name} is not known here, allowed: {', '.join(_FUNCTIONS)}")
    values = {key: resolved(value, scope) for key, value in node.items()}
    return {key: value for key, value in values.items() if value is not NO_VALUE}


def holds(condition: str, scope: Scope) -> bool:
    """Whether a condition of the template holds."""
    if condition not in scope.conditions:
        raise GeneratorError(f"the template has no condition {quoted(condition)}")
    return _test(scope.conditions[condition], scope)


def unknown_parameters(node: Any, scope: Scope) -> Iterator[str]:
    """The parameters without a value that the node refers to."""
    if isinstance(node, list):
        for item in node:
            yield from unknown_parameters(item, scope)
    elif isinstance(node, dict):
        for key, value in node.items():
            names = [value] if key == "Ref" else _names(value) if key == "Fn::Sub" else []
            yield from (name for name in names if scope.parameters.get(name, "") is None)
            yield from unknown_parameters(value, scope)


def _names(argument: Any) -> list[str]:
    template = argument[0] if isinstance(argument, list) and argument else argument
    return [name for literal, name in _VARIABLE.findall(str(template)) if not literal]


def _test(node: Any, scope: Scope) -> bool:
    if isinstance(node, dict) and len(node) == 1:
        ((name, argument),) = node.items()
        if name == "Condition":
            return holds(argument, scope)
        if name == "Fn::Equals":
            one, other = (resolved(side, scope) for side in argument)
            return bool(_comparable(one) == _comparable(other))
        if name in ("Fn::And", "Fn::Or", "Fn::Not"):
            sides = [_test(side, scope) for side in argument]
            return all(sides) if name == "Fn::And" else any(sides) if name == "Fn::Or" else not sides[0]
    raise GeneratorError(f"{quoted(node)} is no condition that is known here")


def _comparable(value: Any) -> Any:
    return value if isinstance(value, (list, dict)) else text(value)


def _ref(name: str, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    value = scope.parameters.get(name)
    if value is None:
        what = "a parameter without a value: give it in --params FILE" if name in scope.parameters else "not known here"
        raise GeneratorError(f"{name} is {what}")
    return value


def _sub(argument: Any, scope: Scope) -> str:
    template, own = (argument, {}) if isinstance(argument, str) else argument
    given = {name: resolved(value, scope) for name, value in own.items()}

    def value(match: re.Match[str]) -> str:
        literal, name = match.groups()
        return f"${{{name}}}" if literal else text(given[name] if name in given else _ref(name.strip(), scope))

    return _VARIABLE.sub(value, template)


def _join(argument: Any, scope: Scope) -> str:
    between, parts = argument
    return str.join(between, map(text, resolved(parts, scope)))  # what stands between cannot be a function


def _if(argument: Any, scope: Scope) -> Any:
    condition, then, otherwise = argument
    return resolved(then if holds(condition, scope) else otherwise, scope)


def _select(argument: Any, scope: Scope) -> Any:
    index, items = argument
    return resolved(items, scope)[int(resolved(index, scope))]


def _split(argument: Any, scope: Scope) -> list[str]:
    between, whole = argument
    return str(resolved(whole, scope)).split(between)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second = (resolved(part, scope) for part in argument)
    return scope.mappings[name][first][second]


_FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
}
