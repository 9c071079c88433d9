"""Event patterns are matched as AWS documents it, and a miss says which field it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.emulator.events.patterns import PatternError, why_not

TEXT = st.text(alphabet="ab*\\_.-", max_size=6)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXT)
FIELDS = st.dictionaries(st.sampled_from(["source", "result", "image-tag"]), LEAF, min_size=1)


def matches(matcher: Any, *values: Any) -> bool:
    """Whether a field of these values passes; of none, the field is not there."""
    event = {"detail": {"field": list(values) if len(values) > 1 else values[0]} if values else {}}
    return why_not({"detail": {"field": [matcher]}}, event) == ""


@pytest.mark.parametrize(
    ("matcher", "passes", "misses"),
    [
        ("Alice", ["Alice"], ["alice", "Alice ", "", None]),
        ("", [""], [None, "a"]),
        (None, [None], ["", 0, False]),
        (300, [300], [300.0, "300", 301]),
        (True, [True], [1, "true", False]),
        ({"prefix": "us-"}, ["us-", "us-east-1"], ["eu-us-", "US-east-1", None, 1]),
        ({"prefix": {"equals-ignore-case": "EventB"}}, ["eventbridge", "EVENTB"], ["bevent", 1]),
        ({"suffix": ".png"}, [".png", "a.png"], ["a.PNG", "a.png.txt"]),
        ({"suffix": {"equals-ignore-case": "tBridge"}}, ["eventBRIDGE".replace("B", "tb")], ["bridge.txt"]),
        ({"equals-ignore-case": "alice"}, ["ALICE", "alice"], ["alic", None]),
        ({"wildcard": "dir/*.png"}, ["dir/a.png", "dir/.png", "dir/x/y.png"], ["dir/a.PNG", "/dir/a.png", "dir/apng"]),
        ({"wildcard": r"a\*b\\*"}, [r"a*b\c"], ["axb\\c", "a*bc"]),
        ({"numeric": [">", 0, "<=", 5]}, [5, 0.5], [0, 5.1, "3", True]),
        ({"numeric": ["=", 3.018e2]}, [301.8], [301]),
        ({"anything-but": "initializing"}, ["running", "Initializing", 1, None], ["initializing"]),
        ({"anything-but": [100, 200]}, [300, "100"], [100, 200]),
        ({"anything-but": {"prefix": ["init", "stop"]}}, ["run"], ["initial", "stopped"]),
        ({"anything-but": {"suffix": ".txt"}}, ["a.rtf"], ["a.txt"]),
        ({"anything-but": {"wildcard": "*/lib/*"}}, ["/lib"], ["/a/lib/b"]),
        ({"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}, ["running"], ["STOPPED"]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "ten", 10]),
        ({"exists": True}, ["", 0, None], []),
    ],
)
def test_operators_take_what_aws_documents(matcher: Any, passes: list[Any], misses: list[Any]) -> None:
    """Each operator of AWS's page, on values that pass and values that only look like them."""
    assert [] == [value for value in passes if not matches(matcher, value)]
    assert [] == [value for value in misses if matches(matcher, value)]


@pytest.mark.parametrize("matcher", ["a", {"anything-but": "a"}, {"prefix": ""}, {"exists": True}, {"wildcard": "*"}])
def test_a_field_that_is_not_there_passes_exists_false_alone(matcher: Any) -> None:
    """Every field of a pattern has to be in the event."""
    assert not matches(matcher)
    assert matches({"exists": False})


def test_exists_looks_at_values_not_at_objects() -> None:
    """Exists matching works on leaf nodes alone."""
    assert why_not({"detail": [{"exists": True}]}, {"detail": {"a": 1}})


def test_of_an_array_one_value_is_enough() -> None:
    """The intersection of the pattern's list and the event's list has to hold something."""
    assert matches("b", "a", "b")
    assert not matches("c", "a", "b")


def test_the_fields_of_one_object_in_an_array_belong_together() -> None:
    """Two objects that match half each are no match."""
    pattern = {"tags": {"key": ["stage"], "value": ["prod"]}}
    assert why_not(pattern, {"tags": [{"key": "team", "value": "a"}, {"key": "stage", "value": "prod"}]}) == ""
    assert why_not(pattern, {"tags": [{"key": "team", "value": "prod"}, {"key": "stage", "value": "dev"}]})


def test_or_needs_one_of_its_patterns_and_the_fields_beside_it() -> None:
    """`$or` stands among fields that all count."""
    pattern = {"source": ["aws.ecr"], "$or": [{"a": [1]}, {"b": [{"numeric": ["<", 10]}]}]}
    assert why_not(pattern, {"source": "aws.ecr", "b": 5}) == ""
    assert why_not(pattern, {"source": "aws.ecr", "a": 1, "b": 50}) == ""
    assert why_not(pattern, {"source": "aws.s3", "a": 1})
    missed = why_not(pattern, {"source": "aws.ecr", "b": 50})
    assert "none of" in missed
    assert "a:" in missed
    assert "b:" in missed


def test_a_miss_names_the_field_what_came_and_what_passes() -> None:
    """Whoever wonders why nothing started reads it there; what did match is left out."""
    pattern = {"source": ["aws.ecr"], "detail": {"action-type": ["PUSH"], "image-tag": [{"wildcard": "v*"}]}}
    event = {"source": "aws.ecr", "detail": {"action-type": "DELETE", "image-tag": "latest"}}
    assert why_not(pattern, event) == (
        'detail.action-type: given "DELETE", the pattern takes "PUSH"; '
        'detail.image-tag: given "latest", the pattern takes {"wildcard": "v*"}'
    )
    assert "detail.image-tag: given nothing" in why_not(pattern, {"source": "aws.ecr", "detail": {}})


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"a": "text"},
        {"a": []},
        {"a": [{"wildcard": "a**"}]},
        {"a": [{"wildcard": r"a\b"}]},
        {"a": [{"like": "b"}]},
        {"a": [{"prefix": "a", "suffix": "b"}]},
        {"a": [{"prefix": 1}]},
        {"a": [{"numeric": ["<"]}]},
        {"a": [{"numeric": ["<>", 1]}]},
        {"a": [{"anything-but": {"numeric": ["<", 1]}}]},
        {"$or": [{"a": [1]}]},
    ],
)
def test_what_eventbridge_refuses_is_an_error(pattern: dict[str, Any]) -> None:
    """A pattern that no rule can have is told apart from one that does not match."""
    with pytest.raises(PatternError):
        why_not(pattern, {"a": "a"})


@given(FIELDS)
def test_an_event_matches_the_pattern_of_its_own_values(fields: dict[str, Any]) -> None:
    """Exactly the values of an event pass, with or without other fields in it."""
    pattern = {"detail": {key: [value] for key, value in fields.items()}}
    assert why_not(pattern, {"detail": fields, "region": "eu-west-1"}) == ""


@given(FIELDS, st.data())
def test_each_field_that_differs_is_named_and_no_other(fields: dict[str, Any], data: st.DataObject) -> None:
    """One value changed: that field is named, the rest is not."""
    changed = data.draw(st.sampled_from(sorted(fields)))
    event = {**fields, changed: "another"}
    missed = why_not({key: [value] for key, value in fields.items()}, event)
    assert [changed] == [part.partition(":")[0] for part in missed.split("; ")]


@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(TEXT, min_size=3, max_size=3))
def test_a_star_is_any_characters_and_all_else_is_itself(literals: list[str], between: list[str]) -> None:
    """Whatever stands for the stars, the text matches; escaped, stars and backslashes are themselves."""
    literals = [*literals[:1], *(literal or "a" for literal in literals[1:])]
    pattern = "*".join(re.sub(r"([*\\])", r"\\\1", literal) for literal in literals)
    text = literals[0] + "".join(middle + literal for middle, literal in zip(between, literals[1:], strict=False))
    assert matches({"wildcard": pattern}, text)
    assert len(literals) > 1 or not matches({"wildcard": pattern}, f"{text}x")


@given(TEXT, TEXT)
def test_anything_but_is_the_opposite(text: str, value: str) -> None:
    """On one text, anything-but passes where the operator in it does not."""
    assert matches({"anything-but": text}, value) != matches(text, value)
    assert matches({"anything-but": {"prefix": text}}, value) != matches({"prefix": text}, value)


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(-5, 5))
def test_a_range_holds_the_numbers_between_its_bounds(low: int, high: int, value: int) -> None:
    """Both comparisons have to hold."""
    assert (low < value <= high) == matches({"numeric": [">", low, "<=", high]}, value)
