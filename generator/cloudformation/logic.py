"""The functions of conditions and Rules, over values that may be unknown.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html

None is an unknown truth value. A known one can decide without it: false and unknown is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from generator.cloudformation.parameter_types import text
from generator.cloudformation.scope import Unknown, unknowns


def every(truths: Iterable[bool | None]) -> bool | None:
    """Fn::And."""
    known = list(truths)
    return False if False in known else None if None in known else True


def some(truths: Iterable[bool | None]) -> bool | None:
    """Fn::Or."""
    return inverse(every(map(inverse, truths)))


def inverse(truth: bool | None) -> bool | None:  # noqa: FBT001  a truth value is what it is about
    """Fn::Not."""
    return None if truth is None else not truth


def equal(one: Any, other: Any) -> bool | None:
    """Fn::Equals. CloudFormation compares numbers and truth values as text."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return None
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and every(equal(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, list) or isinstance(other, list):
        return None  # a list is never the same as a text here; what CloudFormation makes of the two is not documented
    if any(unknowns([one, other])):
        return None
    return bool(_comparable(one) == _comparable(other))


def contains(items: Any, wanted: Any) -> bool | None:
    """Fn::Contains: whether a list has the value."""
    return some(equal(item, wanted) for item in items) if isinstance(items, list) else None


def each_member_equals(items: Any, wanted: Any) -> bool | None:
    """Fn::EachMemberEquals: whether every value of a list is this one."""
    return _every_item(items, lambda item: equal(item, wanted))


def each_member_in(items: Any, allowed: Any) -> bool | None:
    """Fn::EachMemberIn: whether every value of a list is in the other one."""
    return _every_item(items, lambda item: contains(allowed, item))


def _every_item(items: Any, test: Callable[[Any], bool | None]) -> bool | None:
    return every(map(test, items)) if isinstance(items, list) else None


def _comparable(value: Any) -> Any:
    return value if isinstance(value, dict) else text(value)
