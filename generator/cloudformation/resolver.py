"""The functions of a template, resolved as CloudFormation does before it passes properties to a service.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

The result depends on the scope: values alone, or values with an Unknown where the scope has no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from generator.cloudformation import functions, logic
from generator.cloudformation.arguments import check, is_function
from generator.cloudformation.refusals import NotEmulatedError, RefusedError
from generator.cloudformation.scope import ABSENT, Scope, Unknown, unknowns, without_lookups

_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


def resolve(node: Any, scope: Scope) -> Any:
    """The node with its functions replaced by their values; ABSENT for AWS::NoValue. An invalid function is refused."""
    if isinstance(node, list):
        return [value for item in node if (value := resolve(item, scope)) is not ABSENT]
    if isinstance(node, str) and (dynamic := _DYNAMIC.search(node)):
        raise NotEmulatedError(f"dynamic references are not emulated: {dynamic[0]}")
    if not isinstance(node, Mapping):
        return node
    if is_function(node) or _is_condition(node, scope):
        ((name, argument),) = node.items()
        check(name, argument)
        return _FUNCTIONS[name](argument, scope)
    values = {key: resolve(value, scope) for key, value in node.items()}
    return {key: value for key, value in values.items() if value is not ABSENT}


def holds(condition: str, scope: Scope) -> bool:
    """Whether a condition of the template holds. LookupError if that is not known."""
    found = verdict({"Condition": condition}, scope)
    if isinstance(found, Unknown):
        raise LookupError(f"condition {condition} depends on {', '.join(found.names)}")
    return found


def verdict(node: Any, scope: Scope) -> bool | Unknown:
    """The result of a condition, or of the assertion of a rule."""
    if not isinstance(node, Mapping) or len(node) != 1:
        raise RefusedError(
            "Template format error: Conditions can only be boolean operations on parameters and other conditions"
        )
    ((name, argument),) = node.items()
    check(name, argument)
    found = _FUNCTIONS[name](argument, scope)
    if isinstance(found, (bool, Unknown)):
        return found
    raise RefusedError(f"Template error: {name} gives no truth value, which a condition needs.")


def _is_condition(node: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a node refers to a condition of the template. Policies have a key `Condition` as well."""
    return len(node) == 1 and isinstance(node.get("Condition"), str) and node["Condition"] in scope.conditions


def _condition(name: str, scope: Scope) -> bool | Unknown:
    if name not in scope.conditions:
        raise RefusedError(f"Template error: unresolved condition dependency {name} in Condition")
    if name in scope.pending:
        raise RefusedError(f"Template error: Found circular condition dependency: {', '.join((*scope.pending, name))}")
    return verdict(scope.conditions[name], replace(scope, pending=(*scope.pending, name)))


def _ref(name: str, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return ABSENT
    return scope.values[name] if name in scope.values else scope.reference(name)


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    key = resolve(attribute, scope)
    if isinstance(key, Unknown):
        return Unknown("Fn::GetAtt", [name, key])
    if not isinstance(key, str):
        check("Fn::GetAtt", None)
    return scope.attribute(name, key)


def _sub(argument: Any, scope: Scope) -> Any:
    template, own = (argument, {}) if isinstance(argument, str) else argument
    given = {name: resolve(value, scope) for name, value in own.items()}
    values = {
        name: given[name] if name in given else _get_att(name, scope) if "." in name else _ref(name, scope)
        for name in functions.variables(template)
    }
    return Unknown("Fn::Sub", [template, values]) if any(unknowns(values)) else functions.substitute(template, values)


def _if(argument: Any, scope: Scope) -> Any:
    name, when, otherwise = argument
    if name not in scope.conditions:
        raise RefusedError(f"Template error: unresolved condition dependency {name} in Fn::If")
    found = _condition(name, scope)
    if isinstance(found, Unknown):
        return Unknown("Fn::If", [found, when, otherwise])
    return resolve(when if found else otherwise, scope)


def _select(argument: Any, scope: Scope) -> Any:
    index, items = (resolve(part, scope) for part in argument)
    if isinstance(index, Unknown) or isinstance(items, Unknown):
        return Unknown("Fn::Select", [index, items])
    return functions.select(index, items)  # the other items may be unknown


def _import_value(argument: Any, scope: Scope) -> Any:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html."""
    message = (
        "Template error: the attribute in Fn::ImportValue must not depend on any resources,"
        " imported values, or Fn::GetAZs"
    )
    name = resolve(argument, without_lookups(scope, message))
    if isinstance(name, Unknown):
        return Unknown("Fn::ImportValue", name)
    if not isinstance(name, str):
        check("Fn::ImportValue", None)
    return scope.imported(name)


def _zones(argument: Any, scope: Scope) -> Any:
    region = resolve(argument, scope)
    if isinstance(region, Unknown):
        return Unknown("Fn::GetAZs", region)
    if not isinstance(region, str):
        check("Fn::GetAZs", None)
    return scope.zones(region)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second = keys = [resolve(part, scope) for part in argument]
    if any(unknowns(keys)):
        return Unknown("Fn::FindInMap", keys)
    if not all(isinstance(key, (str, int, float)) for key in keys):
        check("Fn::FindInMap", None)
    return functions.find_in_map(name, first, second, scope.mappings)


def _with_known(name: str, function: Callable[..., Any]) -> Callable[[Any, Scope], Any]:
    """A function that needs all of its arguments."""

    def resolved(argument: Any, scope: Scope) -> Any:
        values = [resolve(part, scope) for part in (argument if isinstance(argument, list) else [argument])]
        return Unknown(name, values) if any(unknowns(values)) else function(*values)

    return resolved


def _truth(name: str, function: Callable[..., bool | None]) -> Callable[[Any, Scope], bool | Unknown]:
    """A function of values that returns a truth value. It can be known although an argument is not."""

    def resolved(argument: Any, scope: Scope) -> bool | Unknown:
        values = [resolve(part, scope) for part in argument]
        if ABSENT in values:
            check(name, None)
        found = function(*values)
        return Unknown(name, values) if found is None else found

    return resolved


def _of_truths(
    name: str, function: Callable[[list[bool | None]], bool | None]
) -> Callable[[Any, Scope], bool | Unknown]:
    """A function of conditions."""

    def resolved(argument: Any, scope: Scope) -> bool | Unknown:
        verdicts = [verdict(part, scope) for part in argument]
        found = function([None if isinstance(each, Unknown) else each for each in verdicts])
        return Unknown(name, verdicts) if found is None else found

    return resolved


def _asked(name: str) -> Callable[[Any, Scope], Any]:
    """A function of Rules whose answer depends on the account."""
    return lambda argument, scope: scope.account(name, argument)


_FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Condition": _condition,
    "Fn::And": _of_truths("Fn::And", logic.every),
    "Fn::Base64": _with_known("Fn::Base64", functions.encode),
    "Fn::Cidr": _with_known("Fn::Cidr", functions.cidr),
    "Fn::Contains": _truth("Fn::Contains", logic.contains),
    "Fn::EachMemberEquals": _truth("Fn::EachMemberEquals", logic.each_member_equals),
    "Fn::EachMemberIn": _truth("Fn::EachMemberIn", logic.each_member_in),
    "Fn::Equals": _truth("Fn::Equals", logic.equal),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _with_known("Fn::Join", functions.join),
    "Fn::Not": _of_truths("Fn::Not", lambda truths: logic.inverse(truths[0])),
    "Fn::Or": _of_truths("Fn::Or", logic.some),
    "Fn::RefAll": _asked("Fn::RefAll"),
    "Fn::Select": _select,
    "Fn::Split": _with_known("Fn::Split", functions.split),
    "Fn::Sub": _sub,
    "Fn::ValueOf": _asked("Fn::ValueOf"),
    "Fn::ValueOfAll": _asked("Fn::ValueOfAll"),
    "Ref": _ref,
}
