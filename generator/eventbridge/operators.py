"""The operators of event patterns: which operands EventBridge accepts, and what they match.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

Details that the page leaves out follow aws/event-ruler, the engine of EventBridge (RuleCompiler).
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from generator.eventbridge.wildcards import PatternError, expression
from generator.listed import listed

_IGNORE_CASE = "equals-ignore-case"
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternOperator(NamedTuple):
    """Checks an operand (PatternError), and decides whether a value of the event matches it."""

    check: Callable[[Any], None]
    matches: Callable[[Any, Any], bool]


def check_matcher(matcher: Any) -> None:
    """PatternError for a member of a field's list that is neither a value nor one operator with its operand."""
    if isinstance(matcher, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    if isinstance(matcher, Mapping):
        name, operand = _only(matcher)
        if name not in OPERATORS:
            raise PatternError(f"Unrecognized match type {name}")
        OPERATORS[name].check(operand)


def passes(matcher: Any, found: Sequence[Any]) -> list[Any]:
    """The values of a field that match. A field without values matches only `exists: false`."""
    if not isinstance(matcher, Mapping):
        return [value for value in found if same(matcher, value)]
    ((name, operand),) = matcher.items()
    return [value for value in found if OPERATORS[name].matches(operand, value)]


def wants_absence(matcher: Any) -> bool:
    """Whether the field must be absent."""
    return bool(matcher == {"exists": False})


def wildcards_of(matcher: Any) -> list[str]:
    """The patterns with wildcards in a matcher, including those that anything-but excludes."""
    if not isinstance(matcher, Mapping):
        return []
    operand = matcher.get("anything-but", matcher)
    return listed(operand["wildcard"]) if isinstance(operand, Mapping) and "wildcard" in operand else []


def same(wanted: Any, value: Any) -> bool:
    """Whether two values are equal. Numbers are compared as numbers: 300 is 300.0, and true is not a number."""
    if _is_number(wanted) and _is_number(value):
        return bool(wanted == value)
    return type(wanted) is type(value) and bool(wanted == value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _only(matcher: Mapping[str, Any]) -> tuple[str, Any]:
    if len(matcher) != 1:
        raise PatternError("Only one key allowed in match expression" if matcher else "Match expression name not found")
    ((name, operand),) = matcher.items()
    return name, operand


def _text(name: str) -> Callable[[Any], None]:
    def check(operand: Any) -> None:
        if not isinstance(operand, str):
            raise PatternError(f"{name} match pattern must be a string")

    return check


def _text_or_ignoring_case(name: str) -> Callable[[Any], None]:
    def check(operand: Any) -> None:
        if isinstance(operand, Mapping):
            inner, text = _only(operand)
            if inner != _IGNORE_CASE:
                raise PatternError(f"Unsupported {name} pattern: {inner}")
            _text(_IGNORE_CASE)(text)
        else:
            _text(name)(operand)

    return check


def _on_text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """A match of text; the operand may ignore case."""

    def matches(operand: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        return test(operand[_IGNORE_CASE].lower(), value.lower()) if isinstance(operand, dict) else test(operand, value)

    return matches


def _check_wildcard(operand: Any) -> None:
    _text("wildcard")(operand)
    expression(operand)


def _check_numeric(operand: Any) -> None:
    """One comparison, or a range: a lower bound, then a higher upper one."""
    if not isinstance(operand, list):
        raise PatternError("Value of numeric must be an array.")
    signs, bounds = operand[0::2], operand[1::2]
    if not operand or not isinstance(signs[0], str):
        raise PatternError(f"Invalid member in numeric match: {json.dumps(operand[0]) if operand else ']'}")
    if signs[0] not in _COMPARE:
        raise PatternError(f"Unrecognized numeric range operator: {signs[0]}")
    for sign, bound in zip(signs, [*bounds, None], strict=False):
        _check_bound(sign, bound)
    if len(operand) > 2 and signs[0] not in (">", ">="):
        raise PatternError("Too many elements in numeric expression")
    if len(operand) > 2 and signs[1] not in ("<", "<="):
        raise PatternError(f"Bad numeric range operator: {signs[1]}")
    if len(operand) > 4:
        raise PatternError("Too many terms in numeric range expression")
    if len(operand) == 4 and not bounds[0] < bounds[1]:
        raise PatternError("Bottom must be less than top")


def _check_bound(sign: Any, bound: Any) -> None:
    if not _is_number(bound):
        raise PatternError(f"Value of {'equals' if sign == '=' else sign} must be numeric")
    # EventBridge rejects the rule if a number has no exact representation as a double.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching
    if isinstance(bound, int) and (abs(bound) > 2**1023 or int(float(bound)) != bound):
        raise PatternError(f"{bound} cannot be represented exactly as a double")


def _numeric(operand: Any, value: Any) -> bool:
    return _is_number(value) and all(
        _COMPARE[sign](value, bound) for sign, bound in zip(operand[0::2], operand[1::2], strict=True)
    )


def _check_anything_but(operand: Any) -> None:
    """A text or number, a list of texts or of numbers, or an operator with a text or a list of texts."""
    if isinstance(operand, Mapping):
        name, texts = _only(operand)
        if name not in ("prefix", "suffix", "wildcard", _IGNORE_CASE):
            raise PatternError(f"Unsupported anything-but pattern: {name}")
        if isinstance(texts, Mapping):
            raise PatternError("Value of anything-but must be an array or single string/number value.")
        for text in listed(texts) or [None]:
            _text(name)(text)
            OPERATORS[name].check(text)
            if not text and name in ("prefix", "suffix"):
                raise PatternError("Null prefix/suffix not allowed")
    elif isinstance(operand, list):
        if not operand or not (all(isinstance(each, str) for each in operand) or all(map(_is_number, operand))):
            raise PatternError("Inside anything but list, either all values are number or string")
    elif not isinstance(operand, str) and not _is_number(operand):
        raise PatternError("Value of anything-but must be an array or single string/number value.")


def _anything_but(operand: Any, value: Any) -> bool:
    if isinstance(operand, Mapping):
        ((name, texts),) = operand.items()
        return not any(OPERATORS[name].matches(text, value) for text in listed(texts))
    return not any(same(each, value) for each in listed(operand))


def _check_exists(operand: Any) -> None:
    if not isinstance(operand, bool):
        raise PatternError("exists match pattern must be either true or false.")


def _check_cidr(operand: Any) -> None:
    """An address, which may have bits after the mask, and a mask of fewer bits than the address."""
    _text("cidr")(operand)
    address, slash, mask = operand.partition("/")
    if not slash or "/" in mask:
        raise PatternError("Malformed CIDR, one '/' required")
    if not (mask.isascii() and mask.isdecimal()):
        raise PatternError("Malformed CIDR, mask bits must be an integer")
    try:
        bits = ip_address(address).max_prefixlen
    except ValueError:
        raise PatternError(f"Nonstandard IP address: {address}") from None
    if int(mask) >= bits:
        raise PatternError(f"IP mask bits must be < {bits}")


def _cidr(operand: Any, value: Any) -> bool:
    network: IPv4Network | IPv6Network = ip_network(operand, strict=False)
    try:
        return isinstance(value, str) and ip_address(value) in network
    except ValueError:
        return False


OPERATORS: Mapping[str, PatternOperator] = {
    "prefix": PatternOperator(_text_or_ignoring_case("prefix"), _on_text(lambda text, value: value.startswith(text))),
    "suffix": PatternOperator(_text_or_ignoring_case("suffix"), _on_text(lambda text, value: value.endswith(text))),
    _IGNORE_CASE: PatternOperator(_text(_IGNORE_CASE), _on_text(lambda text, value: value.lower() == text.lower())),
    "wildcard": PatternOperator(
        _check_wildcard, _on_text(lambda text, value: expression(text).fullmatch(value) is not None)
    ),
    "numeric": PatternOperator(_check_numeric, _numeric),
    "anything-but": PatternOperator(_check_anything_but, _anything_but),
    "cidr": PatternOperator(_check_cidr, _cidr),
    "exists": PatternOperator(_check_exists, lambda operand, _value: bool(operand)),
}
