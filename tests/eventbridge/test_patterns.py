"""Event patterns are matched as AWS documents it, and a miss says which field it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.eventbridge.operators import OPERATORS
from generator.eventbridge.patterns import LONGEST_PATTERN, check, checked, why_not
from generator.eventbridge.wildcards import PatternError

TEXT = st.text(alphabet="ab*\\_.-", max_size=6)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXT)
FIELDS = st.dictionaries(st.sampled_from(["source", "result", "image-tag"]), LEAF, min_size=1)


def matches(matcher: Any, *values: Any) -> bool:
    """Whether a field with these values matches; without values, the field is absent."""
    event = {"detail": {"field": list(values) if len(values) > 1 else values[0]} if values else {}}
    return why_not({"detail": {"field": [matcher]}}, event) == ""


@pytest.mark.parametrize(
    ("matcher", "passes", "misses"),
    [
        ("Alice", ["Alice"], ["alice", "Alice ", "", None]),
        ("", [""], [None, "a"]),
        (None, [None], ["", 0, False]),
        (300, [300, 300.0, 3e2], ["300", 301, True]),
        (1.0, [1], [True]),
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
        ({"anything-but": [100, 200]}, [300, "100"], [100, 200.0]),
        ({"anything-but": {"prefix": ["init", "stop"]}}, ["run"], ["initial", "stopped"]),
        ({"anything-but": {"suffix": ".txt"}}, ["a.rtf"], ["a.txt"]),
        ({"anything-but": {"wildcard": "*/lib/*"}}, ["/lib"], ["/a/lib/b"]),
        ({"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}, ["running"], ["STOPPED"]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "ten", 10, "::a00:1"]),
        ({"cidr": "10.0.0.77/24"}, ["10.0.0.0", "10.0.0.255"], ["10.0.1.0"]),
        ({"cidr": "2001:db8::/64"}, ["2001:db8::1"], ["2001:db8:1::1", "10.0.0.1"]),
        ({"exists": True}, ["", 0, None], []),
    ],
)
def test_operators_accept_the_operands_that_aws_documents(matcher: Any, passes: list[Any], misses: list[Any]) -> None:
    """Each operator of AWS's page, on values that pass and values that only look like them."""
    assert [] == [value for value in passes if not matches(matcher, value)]
    assert [] == [value for value in misses if matches(matcher, value)]


@pytest.mark.parametrize("matcher", ["a", {"anything-but": "a"}, {"prefix": ""}, {"exists": True}, {"wildcard": "*"}])
def test_a_missing_field_matches_only_exists_false(matcher: Any) -> None:
    """Every field of a pattern must be in the event."""
    assert not matches(matcher)
    assert matches({"exists": False})


def test_exists_looks_at_values_not_at_objects() -> None:
    """Exists matching works on leaf nodes alone."""
    assert why_not({"detail": [{"exists": True}]}, {"detail": {"a": 1}})


def test_of_an_array_one_value_is_enough() -> None:
    """The pattern's list and the event's list must have a common member."""
    assert matches("b", "a", "b")
    assert not matches("c", "a", "b")


def test_the_fields_of_one_object_in_an_array_belong_together() -> None:
    """Two objects that match half each are no match."""
    pattern = {"tags": {"key": ["stage"], "value": ["prod"]}}
    assert why_not(pattern, {"tags": [{"key": "team", "value": "a"}, {"key": "stage", "value": "prod"}]}) == ""
    assert why_not(pattern, {"tags": [{"key": "team", "value": "prod"}, {"key": "stage", "value": "dev"}]})


def test_or_needs_one_of_its_patterns_and_the_fields_next_to_it() -> None:
    """`$or` is next to fields that must all match."""
    pattern = {"source": ["aws.ecr"], "$or": [{"a": [1]}, {"b": [{"numeric": ["<", 10]}]}]}
    assert why_not(pattern, {"source": "aws.ecr", "b": 5}) == ""
    assert why_not(pattern, {"source": "aws.ecr", "a": 1, "b": 50}) == ""
    assert why_not(pattern, {"source": "aws.s3", "a": 1})
    missed = why_not(pattern, {"source": "aws.ecr", "b": 50})
    assert "none of" in missed
    assert "a:" in missed
    assert "b:" in missed


def test_a_miss_names_the_field_its_value_and_the_pattern() -> None:
    """It explains why nothing started; matching fields are left out."""
    pattern = {"source": ["aws.ecr"], "detail": {"action-type": ["PUSH"], "image-tag": [{"wildcard": "v*"}]}}
    event = {"source": "aws.ecr", "detail": {"action-type": "DELETE", "image-tag": "latest"}}
    assert why_not(pattern, event) == (
        'detail.action-type: given "DELETE", the pattern takes "PUSH"; '
        'detail.image-tag: given "latest", the pattern takes {"wildcard": "v*"}'
    )
    assert "detail.image-tag: given nothing" in why_not(pattern, {"source": "aws.ecr", "detail": {}})


REFUSED: dict[str, list[Any]] = {
    "Filter is not an object": [[], "text", 1, None],
    "Empty objects are not allowed": [{}, {"a": {}}, {"$or": [{"a": [1]}, {}]}],
    "must be an object or an array": [{"a": "text"}, {"a": 1}, {"a": None}, {"a": {"b": True}}, {"$or": "a"}],
    "Empty arrays are not allowed": [{"a": []}, {"a": {"b": [1], "c": []}}, {"$or": []}],
    "Match value must be": [{"a": [[1]]}],
    "Match expression name not found": [{"a": [{}]}],
    "Only one key allowed": [{"a": [{"prefix": "a", "suffix": "b"}]}],
    "Unrecognized match type": [{"a": [{"prefx": "a"}]}, {"a": ["b", {"like": "b"}]}, {"$or": [{"a": [1]}]}],
    "Consecutive wildcard characters": [{"a": [{"wildcard": "a**"}]}, {"a": [{"anything-but": {"wildcard": "**"}}]}],
    "Invalid escape character": [{"a": [{"wildcard": r"a\b"}]}, {"a": [{"wildcard": "a\\"}]}],
    "must be a string": [
        {"a": [{"prefix": 1}]},
        {"a": [{"suffix": ["a"]}]},
        {"a": [{"equals-ignore-case": ["a"]}]},
        {"a": [{"wildcard": None}]},
        {"a": [{"cidr": 10}]},
        {"a": [{"prefix": {"equals-ignore-case": ["a"]}}]},
        {"a": [{"anything-but": {"suffix": 1}}]},
        {"a": [{"anything-but": {"prefix": []}}]},
    ],
    "Unsupported": [{"a": [{"prefix": {"wildcard": "a"}}]}, {"a": [{"anything-but": {"numeric": ["<", 1]}}]}],
    "Null prefix/suffix": [{"a": [{"anything-but": {"prefix": ""}}]}, {"a": [{"anything-but": {"suffix": ["a", ""]}}]}],
    "Inside anything but list": [{"a": [{"anything-but": each}]} for each in ([], ["a", 1], [None], [True])],
    "Value of anything-but": [
        {"a": [{"anything-but": each}]} for each in (None, True, {"prefix": {"equals-ignore-case": "a"}})
    ],
    "exists match pattern": [{"a": [{"exists": each}]} for each in ("true", 1, None)],
    "Value of numeric": [{"a": [{"numeric": 1}]}],
    "Invalid member in numeric": [{"a": [{"numeric": []}]}, {"a": [{"numeric": [1]}]}],
    "Unrecognized numeric range operator": [{"a": [{"numeric": ["<>", 1]}]}],
    "must be numeric": [{"a": [{"numeric": each}]} for each in (["<"], ["<", "1"], ["=", True], [">", 1, "<"])],
    "Too many elements in numeric": [{"a": [{"numeric": ["<", 1, ">", 0]}]}, {"a": [{"numeric": ["=", 1, "=", 2]}]}],
    "Bad numeric range operator": [{"a": [{"numeric": [">", 1, ">", 2]}]}],
    "Too many terms": [{"a": [{"numeric": [">", 1, "<", 2, "<", 3]}]}],
    "Bottom must be less than top": [{"a": [{"numeric": [">", 2, "<", 1]}]}],
    "represented exactly": [{"a": [{"numeric": ["=", 2**53 + 1]}]}],
    "one '/' required": [{"a": [{"cidr": "10.0.0.1"}]}, {"a": [{"cidr": "10.0.0.0/8/8"}]}],
    "must be an integer": [{"a": [{"cidr": "10.0.0.0/a"}]}, {"a": [{"cidr": "10.0.0.0/-1"}]}],
    "Nonstandard IP address": [{"a": [{"cidr": "10.0.0/8"}]}, {"a": [{"cidr": "host/8"}]}],
    "mask bits must be <": [{"a": [{"cidr": "10.0.0.0/32"}]}, {"a": [{"cidr": "::/128"}]}],
    "Rule is too complex": [
        {"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]},
        {"a": [{"anything-but": {"wildcard": ["*" + "-" * 10]}}]},
        {"$or": [{"a": [1]}, {"a": [{"wildcard": f"*:stack/{name}/*"} for name in "ABCD"]}]},
    ],
}


@pytest.mark.parametrize(("reason", "pattern"), [(reason, each) for reason, all_ in REFUSED.items() for each in all_])
def test_a_pattern_that_eventbridge_refuses_is_refused_before_any_event(reason: str, pattern: Any) -> None:
    """An invalid pattern is distinguished from one that does not match, in the words of event-ruler."""
    with pytest.raises(PatternError, match=re.escape(reason)):
        check(pattern)
    with pytest.raises(PatternError, match=re.escape(reason)):
        check({"detail": {"b": [1], "c": pattern}} if isinstance(pattern, dict) and pattern else pattern)


def test_an_error_names_the_field() -> None:
    """The author of the pattern finds the place."""
    with pytest.raises(PatternError, match=r"Unrecognized match type prefx \(detail\.image-tag\)"):
        check({"source": ["aws.ecr"], "detail": {"image-tag": ["a", {"prefx": "v"}]}})


def test_the_text_of_a_pattern_is_limited() -> None:
    """2,048 characters, the default quota; text that is no JSON is refused as well."""
    assert checked('{"a": [1]}') == {"a": [1]}
    with pytest.raises(PatternError, match="Invalid JSON"):
        checked('{"a": [1}')
    longest = '{"a": ["' + "x" * (LONGEST_PATTERN - 11) + '"]}'
    assert checked(longest)
    with pytest.raises(PatternError, match="2049 characters, at most 2048"):
        checked(longest.replace("x", "xx", 1))


@pytest.mark.parametrize("path", ["a.b.c", "a.b/c", "a/b.c", "a/b/c"])
@pytest.mark.parametrize("of", ["a.b.c", "a.b/c", "a/b.c", "a/b/c"])
def test_keys_with_dots_are_paths(path: str, of: str) -> None:
    """Event-ruler joins keys by dots, in patterns and in events. https://github.com/aws/event-ruler (README)."""

    def nested(keys: str, value: Any) -> Any:
        first, _, rest = keys.partition("/")
        return {first: nested(rest, value) if rest else value}

    assert why_not(nested(path, [1]), nested(of, 1)) == ""
    assert why_not(nested(path, [2]), nested(of, 1)) == "a.b.c: given 1, the pattern takes 2"


EMPLOYEES = [{"firstName": "John", "lastName": "Doe"}, {"firstName": "Anna", "lastName": "Smith"}]
JONES = {"firstName": "Peter", "lastName": "Jones"}


@pytest.mark.parametrize(
    "employees", [[*EMPLOYEES, JONES], [EMPLOYEES, [JONES]], [[[each] for each in EMPLOYEES], JONES]]
)
def test_objects_in_nested_arrays_are_members_of_the_field(employees: Any) -> None:
    """The examples of event-ruler: arrays add nothing to the path, and two fields must be of one member."""
    event = {"employees": employees}
    assert why_not({"employees": {"firstName": ["Anna"]}}, event) == ""
    assert why_not({"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}, event) == ""
    assert why_not({"employees": {"firstName": ["Peter"], "lastName": ["Jones"]}}, event) == ""
    missed = why_not({"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}}, event)
    assert missed == "no object of the event has all of these values: employees.firstName, employees.lastName"


def test_or_as_the_name_of_a_field() -> None:
    """With an object instead of an array `$or` is a field like any other."""
    pattern = {"$or": {"type": ["a"]}}
    assert why_not(pattern, {"$or": {"type": "a"}}) == ""
    assert why_not(pattern, {"type": "a"})


def test_of_a_field_that_is_conditioned_twice_the_last_condition_counts() -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html has a note on it."""
    pattern = {"a": {"b": [1]}, "a.b": [2]}
    assert why_not(pattern, {"a": {"b": 2}}) == ""
    assert why_not(pattern, {"a": {"b": 1}})


# Properties

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "a.b", "$or", *OPERATORS, "prefx"]) | st.text(max_size=2), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(ANY_JSON, ANY_JSON)
def test_every_valid_pattern_can_be_matched(pattern: Any, event: Any) -> None:
    """Any JSON is either refused with a reason when the rule is created, or decides about every event."""
    try:
        check(pattern)
    except PatternError:
        return
    assert isinstance(why_not(pattern, {"a": event, "a.b": event}), str)


@given(st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)))
def test_an_event_matches_exists_for_exactly_the_fields_that_it_has(event: Any) -> None:
    """A field exists or does not, whatever arrays and objects are around it."""
    for name in "abc":
        there = why_not({"detail": {name: [{"exists": True}]}}, {"detail": event}) == ""
        absent = why_not({"detail": {name: [{"exists": False}]}}, {"detail": event}) == ""
        assert there != absent


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
    """Any text in place of the stars matches. Escaped stars and backslashes match themselves."""
    literals = [*literals[:1], *(literal or "a" for literal in literals[1:])]
    pattern = "*".join(re.sub(r"([*\\])", r"\\\1", literal) for literal in literals)
    text = literals[0] + "".join(middle + literal for middle, literal in zip(between, literals[1:], strict=False))
    assert matches({"wildcard": pattern}, text)
    assert len(literals) > 1 or not matches({"wildcard": pattern}, f"{text}x")


@given(TEXT, TEXT)
def test_anything_but_is_the_opposite(text: str, value: str) -> None:
    """On one text, anything-but passes where the operator in it does not."""
    assert matches({"anything-but": text}, value) != matches(text, value)
    if text:
        assert matches({"anything-but": {"prefix": text}}, value) != matches({"prefix": text}, value)


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(-5, 5))
def test_a_range_holds_the_numbers_between_its_bounds(low: int, high: int, value: int) -> None:
    """Both comparisons must be true."""
    if low < high:
        assert (low < value <= high) == matches({"numeric": [">", low, "<=", high]}, value)
    else:
        with pytest.raises(PatternError, match="Bottom must be less than top"):
            check({"field": [{"numeric": [">", low, "<=", high]}]})
