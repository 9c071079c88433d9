"""A template's Rules, evaluated on the values of a file before AWS does it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html

What only the account can tell (Fn::RefAll, Fn::ValueOf, Fn::ValueOfAll, a pseudo parameter) is None, and so is all that
follows from it: an assertion counts as broken only where it is certainly false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from generator.cloudformation.values import text

K = TypeVar("K")


def broken(rules: Mapping[K, Any], values: Mapping[str, str | list[str] | None]) -> Iterator[tuple[K, str]]:
    """The rule and what it says, for each assertion that does not hold."""
    for name, rule in rules.items():
        if "RuleCondition" in rule and _evaluate(rule["RuleCondition"], values) is not True:
            continue
        for assertion in rule["Assertions"]:
            if _evaluate(assertion["Assert"], values) is False:
                yield name, assertion.get("AssertDescription", "an assertion of this rule does not hold")


def _evaluate(node: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_evaluate(item, values) for item in node]
    if not isinstance(node, dict):
        return text(node)
    ((function, argument),) = node.items()
    if function == "Ref":
        return values.get(argument)
    return _FUNCTIONS[function](_evaluate(argument, values)) if function in _FUNCTIONS else None


def _all(conditions: list[bool | None]) -> bool | None:
    return False if False in conditions else None if None in conditions else True


def _not(condition: bool | None) -> bool | None:  # noqa: FBT001  a truth value is what it is about
    return None if condition is None else not condition


def _any(conditions: list[bool | None]) -> bool | None:
    return _not(_all([_not(condition) for condition in conditions]))


def _equal(one: Any, other: Any) -> bool | None:
    # A list is never the same as a text here, but what CloudFormation makes of the two is not documented.
    if type(one) is not type(other) or one is None:
        return None
    if isinstance(one, list):
        return len(one) == len(other) and _all([_equal(*pair) for pair in zip(one, other, strict=True)])
    return bool(one == other)


def _every(items: Any, test: Callable[[Any], bool | None]) -> bool | None:
    return _all([test(item) for item in items]) if isinstance(items, list) else None


def _contains(items: Any, wanted: Any) -> bool | None:
    return _any([_equal(item, wanted) for item in items]) if isinstance(items, list) else None


_FUNCTIONS: dict[str, Callable[[Any], bool | None]] = {
    "Fn::And": _all,
    "Fn::Or": _any,
    "Fn::Not": lambda arguments: _not(arguments[0]),
    "Fn::Equals": lambda arguments: _equal(*arguments),
    "Fn::Contains": lambda arguments: _contains(*arguments),
    "Fn::EachMemberEquals": lambda arguments: _every(arguments[0], lambda item: _equal(item, arguments[1])),
    "Fn::EachMemberIn": lambda arguments: _every(arguments[0], lambda item: _contains(arguments[1], item)),
}
