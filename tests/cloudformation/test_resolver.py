"""Intrinsic functions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cloudformation.errors import NotEmulatedError, RefusedError
from generator.cloudformation.resolver import NO_VALUE, Scope, holds, resolve

SCOPE = Scope(
    values={"Name": "orders", "Many": ["a", "b"], "Count": "3", "AWS::Region": "eu-central-1"},
    conditions={
        "Yes": {"Fn::Equals": [{"Ref": "Name"}, "orders"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
    },
    mappings={"Map": {"eu-central-1": {"key": "value"}}},
    reference=lambda name: f"id-of-{name}",
    attribute=lambda name, key: f"{key}-of-{name}",
    imported=lambda name: f"import-of-{name}",
    zones=lambda region: [f"{region or 'here'}-a", f"{region or 'here'}-b"],
)
NOTHING = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Name"}, "orders"),
        ({"Ref": "Many"}, ["a", "b"]),
        ({"Ref": "Bucket"}, "id-of-Bucket"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "Arn-of-Bucket"),
        ({"Fn::GetAtt": "Nested.Outputs.Key"}, "Outputs.Key-of-Nested"),
        ({"Fn::Sub": "${Name}/${Bucket}/${Bucket.Arn}/${!Literal}/${AWS::Region}"},
         "orders/id-of-Bucket/Arn-of-Bucket/${Literal}/eu-central-1"),
        ({"Fn::Sub": ["${Local}-${Name}", {"Local": {"Ref": "Count"}, "Name": True}]}, "3-true"),
        ({"Fn::Join": ["-", [{"Ref": "Name"}, 1, True]]}, "orders-1-true"),
        ({"Fn::Join": [",", {"Ref": "Many"}]}, "a,b"),
        ({"Fn::Split": [",", "a,,b"]}, ["a", "", "b"]),
        ({"Fn::Select": ["1", {"Ref": "Many"}]}, "b"),
        ({"Fn::If": ["Yes", "a", {"Ref": "Unknown"}]}, "a"),
        ({"Fn::If": ["Both", "a", {"Fn::If": ["Either", "b", "c"]}]}, "b"),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "key"]}, "value"),
        ({"Fn::GetAZs": ""}, ["here-a", "here-b"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-Key"}}, "import-of-orders-Key"),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, "8"]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Cidr": ["10.0.0.0/23", 2]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::ToJsonString": {"a": {"Ref": "Count"}}}, '{"a": "3"}'),
        ({"a": NOTHING, "b": [NOTHING, 1], "c": {"Fn::If": ["No", "x", NOTHING]}}, {"b": [1]}),
        ({"Condition": {"Bool": {"a:b": "false"}}}, {"Condition": {"Bool": {"a:b": "false"}}}),
        ({"Condition": "Yes"}, True),
        (7, 7),
    ],
)  # fmt: skip
def test_a_function_gives_what_aws_documents(node: Any, value: Any) -> None:
    """Each function, alone and nested; what has no value is not there; a policy's Condition is no function."""
    assert value == resolve(node, SCOPE)


def test_no_value_at_the_top_is_told() -> None:
    """Where all of it has no value, that is what it is."""
    assert NO_VALUE is resolve(NOTHING, SCOPE)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"Fn::Sub": "${Many}"}, "variable Many in Fn::Sub expression does not resolve to a string"),
        ({"Fn::Join": ["-", "text"]}, "every Fn::Join object requires two parameters"),
        ({"Fn::Join": ["-", [["a"]]]}, "every Fn::Join object requires two parameters"),
        ({"Fn::Select": [2, {"Ref": "Many"}]}, "Fn::Select cannot select nonexistent value at index 2"),
        ({"Fn::FindInMap": ["Map", "us-east-1", "key"]}, "Unable to get mapping for Map::us-east-1::key"),
    ],
)
def test_what_cannot_work_is_refused(node: Any, said: str) -> None:
    """A function whose arguments do not fit says which, and why."""
    with pytest.raises(RefusedError, match="Template error: ") as caught:
        resolve(node, SCOPE)
    assert said in str(caught.value)


@pytest.mark.parametrize("node", [{"Fn::Transform": {}}, {"a": "{{resolve:ssm:/a}}"}])
def test_what_is_not_emulated_is_never_passed_over(node: Any) -> None:
    """An unknown function and a dynamic reference are errors."""
    with pytest.raises(NotEmulatedError):
        resolve(node, SCOPE)


def test_an_unknown_condition_function_is_not_emulated() -> None:
    """A condition is made of And, Or, Not, Equals and other conditions."""
    with pytest.raises(NotEmulatedError, match="Fn::Contains"):
        holds({"Fn::Contains": [["a"], "a"]}, SCOPE)


@given(st.lists(st.text(alphabet="abc", max_size=3), min_size=1), st.sampled_from([",", "-", "::"]))
def test_split_undoes_join(parts: list[str], delimiter: str) -> None:
    """What was joined is what it was after it is split."""
    assert parts == resolve({"Fn::Split": [delimiter, {"Fn::Join": [delimiter, parts]}]}, SCOPE)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="a$ {}", max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner),
)


@given(PLAIN)
def test_what_holds_no_function_stays_as_it_is(value: Any) -> None:
    """Plain data is left alone."""
    assert value == resolve(value, SCOPE)
