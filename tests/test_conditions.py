"""What conditions leave out."""

from __future__ import annotations

from generator.conditions import chosen, optional

TEMPLATE = {
    "Resources": {
        "Always": {"Type": "T", "Properties": {"List": [1, {"Fn::If": ["Wanted", 2, {"Ref": "AWS::NoValue"}]}]}},
        "Guarded": {"Type": "T", "Condition": "Wanted"},
    },
    "Outputs": {"Told": {"Value": 1, "Condition": "Wanted"}, "Name": {"Value": {"Fn::If": ["Wanted", "a", "b"]}}},
}


def test_what_a_condition_guards_is_there_or_not() -> None:
    """Resources, outputs and items of lists go with their condition."""
    there, gone = chosen(TEMPLATE), chosen(TEMPLATE, ["Wanted"])
    assert [1, 2] == there["Resources"]["Always"]["Properties"]["List"]
    assert {"Always", "Guarded"} == there["Resources"].keys()
    assert [1] == gone["Resources"]["Always"]["Properties"]["List"]
    assert ({"Always"}, {"Name"}) == (gone["Resources"].keys(), gone["Outputs"].keys())


def test_a_choice_between_two_values_stays() -> None:
    """Only what is there or not is looked at."""
    assert {"Fn::If": ["Wanted", "a", "b"]} == chosen(TEMPLATE, ["Wanted"])["Outputs"]["Name"]["Value"]


def test_an_item_tells_its_condition() -> None:
    """An item that always is there has none."""
    assert ("Wanted", 2) == optional({"Fn::If": ["Wanted", 2, {"Ref": "AWS::NoValue"}]})
    assert ("", {"Fn::If": ["Wanted", 1, 2]}) == optional({"Fn::If": ["Wanted", 1, 2]})
