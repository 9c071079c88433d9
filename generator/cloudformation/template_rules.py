"""A template's Rules, evaluated on the values of its parameters before AWS does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html

An assertion counts as broken only if it is certainly false. Functions about the account (Fn::RefAll, Fn::ValueOf,
Fn::ValueOfAll) and pseudo parameters are unknown, unless the caller knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from generator.cloudformation.references import references
from generator.cloudformation.resolver import verdict
from generator.cloudformation.scope import Scope, Unknown

K = TypeVar("K")


def broken(
    rules: Mapping[K, Any],
    values: Mapping[str, str | list[str] | None],
    account: Callable[[str, Any], Any] = Unknown,
) -> Iterator[tuple[K, str]]:
    """The rule and its message, for each assertion that does not hold.

    A value that is None is not known. `account` has the answers about the account, by function and argument.
    """
    known = {name: value for name, value in values.items() if value is not None}
    scope = Scope(values=known, account=account)
    for name, rule in rules.items():
        if "RuleCondition" in rule and verdict(rule["RuleCondition"], scope) is not True:
            continue
        for assertion in rule["Assertions"]:
            if verdict(assertion["Assert"], scope) is False:
                yield name, assertion.get("AssertDescription", "an assertion of this rule does not hold")


def contradictions(
    rules: Mapping[str, Any], values: Mapping[str, str | list[str] | None]
) -> Iterator[tuple[str, list[str]]]:
    """The message of each assertion that does not hold, with the parameters that it refers to."""
    single = {
        (name, number): {**rule, "Assertions": [assertion]}
        for name, rule in rules.items()
        for number, assertion in enumerate(rule["Assertions"])
    }
    for key, message in broken(single, values):
        yield message, list(dict.fromkeys(references(single[key]["Assertions"])))
