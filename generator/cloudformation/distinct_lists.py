"""Lists that a Rule keeps apart: a member of both is a problem as well, and no function of Rules can find one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.model.parameters import EACH_ONCE


def shared_members(body: Mapping[str, Any], values: Mapping[str, str | list[str] | None]) -> Iterator[tuple[str, str]]:
    """The rule and a message, for each two lists that a rule keeps apart and that have a member in common.

    Equal lists break the rule itself. A value that is None is not known.
    """
    for name, rule in body.get("Rules", {}).items():
        for assertion in rule["Assertions"]:
            match assertion["Assert"]:
                case {"Fn::Not": [{"Fn::Equals": [{"Ref": str(one)}, {"Ref": str(other)}]}]}:
                    both = _members(body, values, one) & _members(body, values, other)
                    if both and values[one] != values[other]:
                        members = ", ".join(sorted(both))
                        yield name, f"{one} and {other} have {members} in common, allowed: in one of them only"


def _members(body: Mapping[str, Any], values: Mapping[str, str | list[str] | None], parameter: str) -> set[str]:
    """The members of a parameter that is a list with commas."""
    value = values.get(parameter)
    is_list = EACH_ONCE in body["Parameters"].get(parameter, {}).get("AllowedPattern", "")
    return set(value.split(",")) if is_list and isinstance(value, str) else set()
