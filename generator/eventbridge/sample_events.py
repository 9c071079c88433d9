"""Events that a pattern matches, and one that it does not match: made from the pattern itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.eventbridge.operators import wants_absence
from generator.eventbridge.patterns import BusEvent, EventPattern, WantedFields, alternatives, why_not
from generator.listed import listed

ANYTHING = "ecr-pipeline-prove"
# EventBridge asks for these fields in an event that is tested:
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
_TIME = "2026-01-01T00:00:00Z"
_ID = "7bf73129-1428-4cd3-a780-95db273d1602"


class SampleEvents(NamedTuple):
    """Events that must match, one for each alternative of the pattern, and one that must not."""

    matching: tuple[BusEvent, ...]
    missing: BusEvent


def sample_events(pattern: EventPattern, *, account: str, region: str) -> SampleEvents:
    """The events. ValueError if none could be made for the pattern."""
    wanted = alternatives(pattern)
    matching = tuple(_event(each, account, region) for each in wanted)
    if wrong := [reason for event in matching if (reason := why_not(pattern, event))]:
        raise ValueError(f"no event could be made that matches: {wrong[0]}")
    for other in _spoiled(wanted[0], matching[0]):
        if why_not(pattern, other):
            return SampleEvents(matching, other)
    raise ValueError("no event could be made that does not match")


def _event(wanted: WantedFields, account: str, region: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "version": "0",
        "id": _ID,
        "detail-type": ANYTHING,
        "source": ANYTHING,
        "account": account,
        "time": _TIME,
        "region": region,
        "resources": [],
        "detail": {},
    }
    for path, matchers in wanted.items():
        if not any(map(wants_absence, matchers)):
            _put(event, path, _value(matchers[0]))
    return event


def _spoiled(wanted: WantedFields, event: BusEvent) -> Iterator[dict[str, Any]]:
    """The event with another value in one field, beginning with the last field of the pattern."""
    for path in reversed(list(wanted)):
        for value in (f"{ANYTHING}-other", *_excluded(wanted[path])):
            other = _copy(event)
            _put(other, path, value)
            yield other


def _excluded(matchers: list[Any]) -> Iterator[Any]:
    """The values that the matchers exclude."""
    for matcher in matchers:
        if isinstance(matcher, Mapping) and "anything-but" in matcher:
            yield from listed(matcher["anything-but"])


def _copy(node: Any) -> Any:
    return {key: _copy(value) for key, value in node.items()} if isinstance(node, Mapping) else node


def _put(event: dict[str, Any], path: str, value: Any) -> None:
    """Set a field. `resources` is a list in every event."""
    *parents, last = path.split(".")
    for name in parents:
        event = event.setdefault(name, {})
    event[last] = [value] if not parents and last == "resources" else value


def _value(matcher: Any) -> Any:
    """A value that a matcher accepts."""
    if not isinstance(matcher, Mapping):
        return matcher
    ((name, operand),) = matcher.items()
    match name:
        case "prefix" | "equals-ignore-case":
            text = operand.get("equals-ignore-case") if isinstance(operand, Mapping) else operand
            return f"{text}{ANYTHING}" if name == "prefix" else text
        case "suffix":
            return f"{ANYTHING}{operand}"
        case "wildcard":
            return str(operand).replace("*", "1")
        case "numeric":
            sign, bound = operand[0], operand[1]
            return {">": bound + 1, "<": bound - 1}.get(sign, bound)
    return ANYTHING
