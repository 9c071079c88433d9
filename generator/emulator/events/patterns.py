"""Event patterns as EventBridge matches them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from generator.listed import listed

Event = Mapping[str, Any]
Pattern = Mapping[str, Any]


class PatternError(ValueError):
    """A pattern that EventBridge would refuse (InvalidEventPatternException)."""


def why_not(pattern: Pattern, event: Event) -> str:
    """Each field of the event that the pattern does not let through, with what it does; nothing where it matches."""
    return "; ".join(_misses(pattern, [event], ""))


def _misses(pattern: Any, nodes: Sequence[Any], path: str) -> Iterator[str]:
    """What keeps all of these objects from matching: the one that comes nearest speaks for an array of them."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise PatternError(f"{path or 'the pattern'} is no object with fields")
    objects = [node for node in nodes if isinstance(node, Mapping)]
    yield from min((list(_misses_of(pattern, node, path)) for node in objects or [{}]), key=len)


def _misses_of(pattern: Pattern, node: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, wanted in pattern.items():
        place = f"{path}.{key}".lstrip(".")
        if key == "$or":
            yield from _no_alternative(wanted, node, path)
        elif isinstance(wanted, list):
            found = _leaves(node, key)
            if not any(_passes(matcher, found, place) for matcher in _matchers(wanted, place)):
                given = ", ".join(map(_text, found)) or "nothing"
                yield f"{place}: given {given}, the pattern takes {' or '.join(map(_text, wanted))}"
        else:
            value = node.get(key)
            yield from _misses(wanted, listed(value), place)


def _no_alternative(alternatives: Any, node: Mapping[str, Any], path: str) -> Iterator[str]:
    if not isinstance(alternatives, list) or len(alternatives) < 2:
        raise PatternError(f"{path}.$or is no list of at least two patterns".lstrip("."))
    missed = [list(_misses(alternative, [node], path)) for alternative in alternatives]
    if all(missed):
        yield f"none of: {' | '.join(', '.join(each) for each in missed)}"


def _matchers(wanted: list[Any], place: str) -> list[Any]:
    if not wanted:
        raise PatternError(f"{place}: an empty list matches nothing")
    return wanted


def _leaves(node: Mapping[str, Any], key: str) -> list[Any]:
    """The value of a field as a list: of an array any member may match, an object is no value."""
    if key not in node:
        return []
    found: list[Any] = []
    rest = [node[key]]
    while rest:
        value = rest.pop(0)
        if isinstance(value, list):
            rest = [*value, *rest]
        elif not isinstance(value, Mapping):
            found.append(value)
    return found


def _passes(matcher: Any, found: Sequence[Any], place: str) -> bool:
    if not isinstance(matcher, dict):
        return any(_same(matcher, value) for value in found)
    if len(matcher) != 1:
        raise PatternError(f"{place}: {_text(matcher)} is not one operator")
    ((name, operand),) = matcher.items()
    if name == "exists":
        return bool(found) is operand
    if name not in OPERATORS:
        raise PatternError(f"{place}: EventBridge has no operator {name}")
    return any(OPERATORS[name](operand, value) for value in found)


def _same(wanted: Any, value: Any) -> bool:
    """Numbers are compared as they are written: 300 is not 300.0."""
    return type(wanted) is type(value) and bool(wanted == value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _on_text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """An operator on text; its operand may ask to ignore case."""

    def matches(operand: Any, value: Any) -> bool:
        if isinstance(operand, dict) and operand.keys() == {"equals-ignore-case"}:
            return matches(operand["equals-ignore-case"].lower(), value.lower() if isinstance(value, str) else value)
        if not isinstance(operand, str):
            raise PatternError(f"{_text(operand)} is no text")
        return isinstance(value, str) and test(operand, value)

    return matches


def wildcard(pattern: str) -> re.Pattern[str]:
    r"""The expression of a pattern in which * is any characters, \* a star and \\ a backslash."""
    if re.search(r"(?<!\\)(\\\\)*\*\*", pattern):
        raise PatternError(f"{pattern}: consecutive wildcard characters")
    parts = re.findall(r"\\[*\\]|[^\\]|\\", pattern)
    if "\\" in parts:
        raise PatternError(f"{pattern}: a backslash escapes * and \\ alone")
    return re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL)


def _numeric(operand: Any, value: Any) -> bool:
    compare = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
    if not isinstance(operand, list) or len(operand) not in (2, 4) or not compare.keys() >= set(operand[0::2]):
        raise PatternError(f"{_text(operand)} is no comparison of numbers")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(compare[sign](value, bound) for sign, bound in zip(operand[0::2], operand[1::2], strict=True))


def _anything_but(operand: Any, value: Any) -> bool:
    """No value of the operand, which is a value, a list of values, or an operator on a text or a list of them."""
    if isinstance(operand, dict):
        ((name, texts),) = operand.items()
        if name not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            raise PatternError(f"anything-but takes no {name}")
        return not any(OPERATORS[name](text, value) for text in listed(texts))
    return not any(_same(each, value) for each in listed(operand))


def _cidr(operand: Any, value: Any) -> bool:
    try:
        return isinstance(value, str) and ip_address(value) in ip_network(operand)
    except ValueError:
        return False


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _on_text(lambda text, value: value.startswith(text)),
    "suffix": _on_text(lambda text, value: value.endswith(text)),
    "equals-ignore-case": _on_text(lambda text, value: value.lower() == text.lower()),
    "wildcard": _on_text(lambda text, value: wildcard(text).fullmatch(value) is not None),
    "numeric": _numeric,
    "anything-but": _anything_but,
    "cidr": _cidr,
}
