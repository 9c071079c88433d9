"""Event patterns: which ones EventBridge accepts, and which events they match.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html

Patterns and events are compared field by field, a field being the path of keys to a value: aws/event-ruler joins the
keys with dots, so that {"a.b": [1]} and {"a": {"b": [1]}} are the same pattern. Arrays of events add nothing to the
path, but the values that match must be from the same member of each array.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from generator.eventbridge.operators import check_matcher, passes, wants_absence, wildcards_of
from generator.eventbridge.wildcards import MOST_COMPLEX, PatternError, complexity

BusEvent = Mapping[str, Any]
EventPattern = Mapping[str, Any]
# The default quota: https://docs.aws.amazon.com/general/latest/gr/ev.html
LONGEST_PATTERN = 2048
_OR = "$or"


class _Field(NamedTuple):
    """A value of an event, and the array members that contain it: by the number of an array, the number of a member."""

    value: Any
    members: Mapping[int, int]


_Fields = Mapping[str, list[_Field]]
WantedFields = dict[str, list[Any]]
"""A pattern without alternatives: the matchers of each field."""


def checked(text: str) -> EventPattern:
    """The pattern in the text. PatternError for one that EventBridge refuses when a rule is created."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"the pattern has {len(text)} characters, at most {LONGEST_PATTERN} are allowed")
    try:
        pattern = json.loads(text)
    except ValueError:
        raise PatternError("Invalid JSON") from None
    check(pattern)
    return dict(pattern)


def check(pattern: Any) -> None:
    """Check the whole pattern once, so that an error is found before any event arrives."""
    for wanted in alternatives(pattern):
        for field, matchers in wanted.items():
            if not matchers:
                raise PatternError("Empty arrays are not allowed")
            for matcher in matchers:
                try:
                    check_matcher(matcher)
                except PatternError as error:
                    raise PatternError(f"{error} ({field})") from error
            if complexity(tuple(text for matcher in matchers for text in wildcards_of(matcher))) > MOST_COMPLEX:
                raise PatternError(
                    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences "
                    f"after a wildcard character ({field})"
                )


def why_not(pattern: EventPattern, event: BusEvent) -> str:
    """Each field of the event that does not match, with the pattern for it; "" if the event matches."""
    check(pattern)
    fields: dict[str, list[_Field]] = {}
    for name, field in _fields_of(event, "", {}, itertools.count()):
        fields.setdefault(name, []).append(field)
    missed = [list(_misses(wanted, fields)) for wanted in alternatives(pattern)]
    if not all(missed):
        return ""
    common = [miss for miss in missed[0] if all(miss in each for each in missed)]
    rest = [[miss for miss in each if miss not in common] for each in missed]
    if all(rest):
        common.append(f"none of: {' | '.join(', '.join(each) for each in rest)}")
    return "; ".join(common)


def alternatives(pattern: Any, path: str = "") -> list[WantedFields]:
    """The patterns without `$or`, one of which must match. Of two conditions on one path the last one applies."""
    if not isinstance(pattern, Mapping):
        raise PatternError("Filter is not an object" if not path else f'"{path}" must be an object or an array')
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    found: list[WantedFields] = [{}]
    for key, wanted in pattern.items():
        place = f"{path}.{key}".lstrip(".")
        if key == _OR and _is_or(wanted):
            parts = [each for alternative in wanted for each in alternatives(alternative, path)]
        elif isinstance(wanted, list):
            parts = [{place: wanted}]
        else:
            parts = alternatives(wanted, place)
        found = [{**one, **other} for one in found for other in parts]
    return found


def _is_or(wanted: Any) -> bool:
    """Whether `$or` has at least two patterns. Otherwise it is the name of a field (event-ruler's README)."""
    return isinstance(wanted, list) and len(wanted) > 1 and all(isinstance(each, Mapping) for each in wanted)


def _fields_of(node: Any, path: str, members: Mapping[int, int], arrays: Iterator[int]) -> Iterator[tuple[str, _Field]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _fields_of(value, f"{path}.{key}".lstrip("."), members, arrays)
    elif isinstance(node, list):
        array = next(arrays)
        for number, value in enumerate(node):
            yield from _fields_of(value, path, {**members, array: number}, arrays)
    else:
        yield path, _Field(node, members)


def _misses(wanted: WantedFields, fields: _Fields) -> Iterator[str]:
    """The fields that do not match. If each one matches, but only in different members of an array, all of them."""
    matching: list[list[_Field]] = []
    for name, matchers in wanted.items():
        found = fields.get(name, [])
        if not found and any(map(wants_absence, matchers)):
            continue
        values = [field.value for field in found]
        matched = [value for matcher in matchers if not wants_absence(matcher) for value in passes(matcher, values)]
        if not matched:
            given = ", ".join(map(_text, values)) or "nothing"
            yield f"{name}: given {given}, the pattern takes {' or '.join(map(_text, matchers))}"
        matching.append([field for field in found if any(field.value is value for value in matched)])
    if all(matching) and not _are_together(matching, {}):
        yield f"no object of the event has all of these values: {', '.join(wanted)}"


def _are_together(matching: Sequence[list[_Field]], members: Mapping[int, int]) -> bool:
    """Whether one value of each field can be chosen so that no two are in different members of the same array."""
    if not matching:
        return True
    first, *others = matching
    return any(
        _are_together(others, {**members, **field.members})
        for field in first
        if all(members.get(array, number) == number for array, number in field.members.items())
    )


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
