"""What the functions of a template come to."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.lifecycle.resolution import NO_VALUE, Scope, holds, resolved, unknown_parameters

SCOPE = Scope(
    parameters={"Days": "14", "Tags": ["latest", "edge"], "Empty": "", "Unknown": None},
    conditions={
        "HasDays": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Days"}, ""]}]},
        "IsEmpty": {"Fn::Equals": [{"Ref": "Empty"}, ""]},
        "Both": {"Fn::And": [{"Condition": "HasDays"}, {"Condition": "IsEmpty"}]},
        "Either": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Condition": "Both"}]},
        "Number": {"Fn::Equals": [{"Ref": "Days"}, 14]},
        "Text": "a",
        "Odd": {"Fn::Contains": [["a"], "a"]},
    },
    mappings={"Class": {"prod": {"days": 90}}},
)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ("text", "text"),
        ({"Ref": "Days"}, "14"),
        ({"Ref": "Tags"}, ["latest", "edge"]),
        ({"Fn::Sub": '{"countNumber": ${Days}}'}, '{"countNumber": 14}'),
        ({"Fn::Sub": ["${Days} ${Own}, ${!Literal}", {"Own": {"Ref": "Empty"}}]}, "14 , ${Literal}"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Days"}, {"Ref": "AWS::NoValue"}, 7, True]]}, "a-14-7-true"),
        ({"Fn::Join": [",", {"Ref": "Tags"}]}, "latest,edge"),
        ({"Fn::Select": [1, {"Fn::Split": [",", {"Fn::Join": [",", [{"Ref": "Empty"}, "b"]]}]}]}, "b"),
        ({"Fn::Select": ["0", {"Ref": "Tags"}]}, "latest"),
        ({"Fn::FindInMap": ["Class", "prod", "days"]}, 90),
        ({"Fn::If": ["Both", {"Fn::Sub": "${Days}"}, {"Ref": "Unknown"}]}, "14"),
        ([1, {"Fn::If": ["IsEmpty", {"Ref": "AWS::NoValue"}, 2]}, 3], [1, 3]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": {"c": {"Ref": "Days"}}}, {"b": {"c": "14"}}),
        ({"Ref": "AWS::NoValue"}, NO_VALUE),
    ],
)
def test_what_a_function_gives(node: Any, value: Any) -> None:
    """As CloudFormation does it."""
    assert value == resolved(node, SCOPE)


@pytest.mark.parametrize(
    ("condition", "value"), [("HasDays", True), ("IsEmpty", True), ("Both", True), ("Either", True), ("Number", True)]
)
def test_conditions(condition: str, value: bool) -> None:  # noqa: FBT001  (a truth value is what it is about)
    """With other conditions in them, and numbers compared as text."""
    assert value is holds(condition, SCOPE)
    empty = Scope({**SCOPE.parameters, "Days": "", "Empty": "x"}, SCOPE.conditions)
    assert holds(condition, empty) is not value


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"Ref": "Unknown"}, "Unknown is a parameter without a value: give it in --params FILE"),
        ({"Ref": "Bucket"}, "Bucket is not known here"),
        ({"Fn::Sub": "${AWS::Region}"}, "AWS::Region is not known here"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "Fn::GetAtt is not known here, allowed: Ref, Fn::Sub"),
        ({"Fn::If": ["Nothing", 1, 2]}, 'the template has no condition "Nothing"'),
        ({"Fn::If": ["Odd", 1, 2]}, "is no condition that is known here"),
        ({"Fn::If": ["Text", 1, 2]}, '"a" is no condition that is known here'),
        ({"Fn::Join": ["-"]}, '{"Fn::Join": ["-"]} is no Fn::Join that CloudFormation takes'),
        ({"Fn::Join": [{"Ref": "Days"}, ["a"]]}, "is no Fn::Join that CloudFormation takes"),
        ({"Fn::Select": [9, ["a"]]}, "is no Fn::Select that CloudFormation takes"),
        ({"Fn::FindInMap": ["Class", "dev", "days"]}, "is no Fn::FindInMap that CloudFormation takes"),
        ({"Ref": ["Days"]}, "is no Ref that CloudFormation takes"),
    ],
)
def test_what_cannot_be_known_is_told(node: Any, said: str) -> None:
    """The function, and why not."""
    with pytest.raises(GeneratorError) as error:
        resolved(node, SCOPE)
    assert said in str(error.value)


def test_parameters_without_a_value_are_found_together() -> None:
    """Wherever the node refers to them."""
    scope = Scope({"A": None, "B": None, "C": "c", "D": None})
    node = [{"Ref": "A"}, {"x": {"Fn::Sub": "${B} ${C} ${!D}"}}, {"Fn::Sub": ["${Own}", {"Own": {"Ref": "A"}}]}, 5]
    assert ["A", "B", "A"] == list(unknown_parameters(node, scope))
