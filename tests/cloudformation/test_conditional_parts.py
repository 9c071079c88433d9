"""The parts of a template that conditions leave out."""

from __future__ import annotations

from generator.cloudformation.conditional_parts import chosen, optional

TEMPLATE = {
    "Resources": {
        "Always": {"Type": "T", "Properties": {"List": [1, {"Fn::If": ["Wanted", 2, {"Ref": "AWS::NoValue"}]}]}},
        "Guarded": {"Type": "T", "Condition": "Wanted"},
    },
    "Outputs": {"Told": {"Value": 1, "Condition": "Wanted"}, "Name": {"Value": {"Fn::If": ["Wanted", "a", "b"]}}},
}


def test_a_condition_decides_whether_a_part_exists() -> None:
    """Resources, outputs and items of lists exist if their condition holds."""
    there, gone = chosen(TEMPLATE), chosen(TEMPLATE, ["Wanted"])
    assert [1, 2] == there["Resources"]["Always"]["Properties"]["List"]
    assert {"Always", "Guarded"} == there["Resources"].keys()
    assert [1] == gone["Resources"]["Always"]["Properties"]["List"]
    assert ({"Always"}, {"Name"}) == (gone["Resources"].keys(), gone["Outputs"].keys())


def test_a_choice_between_two_values_stays() -> None:
    """A condition that chooses between two values leaves nothing out."""
    assert {"Fn::If": ["Wanted", "a", "b"]} == chosen(TEMPLATE, ["Wanted"])["Outputs"]["Name"]["Value"]


def test_an_item_has_its_condition() -> None:
    """An item that always exists has none."""
    assert ("Wanted", 2) == optional({"Fn::If": ["Wanted", 2, {"Ref": "AWS::NoValue"}]})
    assert ("", {"Fn::If": ["Wanted", 1, 2]}) == optional({"Fn::If": ["Wanted", 1, 2]})
