"""Events made from patterns, with which AWS can be asked whether they match."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.cloudformation.offline_stack import OfflineStack
from generator.eventbridge.patterns import why_not
from generator.eventbridge.sample_events import sample_events
from tests.conftest import RENDERED
from tests.samples import sample

WHERE = {"account": "111122223333", "region": "eu-central-1"}
RULES = [
    pytest.param(rule["EventPattern"], id=f"{template}/{title}")
    for template, body in RENDERED.items()
    for title, rule in OfflineStack(template=body, name="a", parameters=sample(body, "a")).resources(
        "AWS::Events::Rule"
    )
]


@pytest.mark.parametrize("pattern", RULES)
def test_events_of_every_published_rule(pattern: dict[str, Any]) -> None:
    """One for each alternative matches, and one does not. Each has the fields that EventBridge requires in a test."""
    found = sample_events(pattern, **WHERE)
    assert found.matching
    assert [""] * len(found.matching) == [why_not(pattern, event) for event in found.matching]
    assert why_not(pattern, found.missing)
    for event in (*found.matching, found.missing):
        assert {"id", "account", "source", "time", "region", "resources", "detail-type"} <= event.keys()
        assert isinstance(event["resources"], list)
        assert json.loads(json.dumps(event)) == event


@pytest.mark.parametrize(
    "matcher",
    [
        "a", 7, None, {"prefix": "a"}, {"prefix": {"equals-ignore-case": "A"}}, {"suffix": "a"}, {"wildcard": "a*b*"},
        {"anything-but": ["a"]}, {"anything-but": {"prefix": "a"}}, {"numeric": [">", 0]}, {"numeric": ["<", 0]},
        {"numeric": ["=", 3]}, {"numeric": [">=", 1, "<", 2]}, {"exists": True}, {"equals-ignore-case": "A"},
    ],
)  # fmt: skip
def test_every_operator(matcher: Any) -> None:
    """A value that it takes, and an event that it does not."""
    pattern = {"source": ["a"], "detail": {"field": [matcher]}}
    found = sample_events(pattern, **WHERE)
    assert "" == why_not(pattern, found.matching[0])
    assert why_not(pattern, found.missing)


def test_an_event_without_a_field() -> None:
    """A field that must be absent is absent."""
    pattern = {"source": ["a"], "detail": {"field": [{"exists": False}], "other": ["b"]}}
    assert {"other": "b"} == sample_events(pattern, **WHERE).matching[0]["detail"]


def test_no_event_can_be_made() -> None:
    """A pattern that contradicts itself is reported."""
    with pytest.raises(ValueError, match="no event could be made"):
        sample_events({"source": [{"anything-but": {"prefix": "ecr"}}]}, **WHERE)
