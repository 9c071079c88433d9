"""The Condition element of a policy, evaluated against the context of a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from generator.authorization.policy_patterns import Context, is_arn, is_equal, is_like
from generator.listed import listed

Test = Callable[[str, str, Context], bool]  # what the policy says, what the request has

_ALL, _ANY, _IF_EXISTS = "ForAllValues:", "ForAnyValue:", "IfExists"


class UnsupportedError(ValueError):
    """A policy has an element that is not evaluated here. To ignore it would be a guess."""


def _ignoring_case(wanted: str, value: str, context: Context) -> bool:
    lowered = {key: [each.lower() for each in values] for key, values in context.items()}
    return is_equal(wanted.lower(), value.lower(), lowered)


def _truth(wanted: str, value: str, _context: Context) -> bool:
    return wanted.lower() == value.lower()


def _number(compare: Callable[[Decimal, Decimal], bool]) -> Test:
    def test(wanted: str, value: str, _context: Context) -> bool:
        try:
            return compare(Decimal(value), Decimal(wanted))
        except InvalidOperation:
            return False

    return test


_TESTS: dict[str, Test] = {
    "StringEquals": is_equal,
    "StringEqualsIgnoreCase": _ignoring_case,
    "StringLike": is_like,
    "ArnEquals": is_arn,
    "ArnLike": is_arn,
    "Bool": _truth,
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThan": _number(operator.gt),
    "NumericGreaterThanEquals": _number(operator.ge),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def hold(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every key of every operator matches the context, whose keys are in lower case.

    Raises UnsupportedError for an operator that is not supported: those for dates, addresses and binary values are not.
    """
    fits = True
    for name, keys in condition.items():
        for key, wanted in keys.items():
            # Every condition is evaluated, so that an unknown operator is an error even if another one does not fit.
            fits = _holds(name, key, _texts(wanted), context) and fits
    return fits


def _texts(value: Any) -> list[str]:
    """A value of a policy as a list of texts. JSON's booleans and numbers become their text."""
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in listed(value)]


def _holds(name: str, key: str, wanted: Sequence[str], context: Context) -> bool:
    values = context.get(key.lower(), ())
    if name == "Null":
        return any(_truth(each, str(not values), context) for each in wanted)
    quantified = name.removeprefix(_ALL).removeprefix(_ANY)
    plain = quantified.removesuffix(_IF_EXISTS)
    negated = plain in _NEGATED
    test = _TESTS.get(_NEGATED.get(plain, plain))
    if test is None:
        raise UnsupportedError(f"condition operator {name}")
    if not values:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        return plain != quantified or name.startswith(_ALL) or (negated and not name.startswith(_ANY))
    fits = [any(test(each, value, context) for each in wanted) != negated for value in values]
    if name.startswith((_ALL, _ANY)):
        return all(fits) if name.startswith(_ALL) else any(fits)
    if len(fits) > 1:
        raise UnsupportedError(f"{name} on {key}, which has several values: {_ALL} or {_ANY} must be added")
    return fits[0]
