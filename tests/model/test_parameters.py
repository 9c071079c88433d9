"""Parameters, their place in the console, conditions and rules."""

from __future__ import annotations

import pytest
from troposphere import Equals, Template

from generator.model.parameters import (
    INTERFACE,
    add_choice,
    add_condition,
    add_number,
    add_parameter,
    add_rule,
    is_given,
    under,
)


def test_groups_and_parameters_keep_the_order_of_the_assembly() -> None:
    """A group opens where its first parameter is added; later parameters join it."""
    template = Template()
    for name, group in (("A", "First"), ("B", "Second"), ("C", "First")):
        add_parameter(template, name, group=group, label=name.lower(), description=name)
    interface = template.metadata[INTERFACE]
    assert [("First", ["A", "C"]), ("Second", ["B"])] == [
        (group["Label"]["default"], group["Parameters"]) for group in interface["ParameterGroups"]
    ]
    assert interface["ParameterLabels"] == {name: {"default": name.lower()} for name in "ABC"}


def test_a_choice_and_a_number_show_what_is_allowed() -> None:
    """A choice lists its values, a number its bounds; both have a default that is allowed."""
    template = Template()
    add_choice(template, "Mode", group="G", label="m", description="d", choices=("on", "off"))
    add_number(template, "Days", group="G", label="d", description="d", default=3, least=1, most=9)
    mode, days = (template.parameters[name].to_dict() for name in ("Mode", "Days"))
    assert ("on", ["on", "off"], "on or off") == (mode["Default"], mode["AllowedValues"], mode["ConstraintDescription"])
    assert (3, 1, 9, "1 to 9") == (
        days["Default"],
        days["MinValue"],
        days["MaxValue"],
        days["ConstraintDescription"],
    )


def test_a_choice_has_the_first_value_by_default() -> None:
    """Another default can be chosen."""
    template = Template()
    for name, default in (("First", ""), ("Second", "off")):
        add_choice(template, name, group="G", label="l", description="d", choices=("on", "off"), default=default)
    assert ["on", "off"] == [template.parameters[name].to_dict()["Default"] for name in ("First", "Second")]


def test_the_attribute_of_a_condition_is_optional() -> None:
    """A resource without a condition has no attribute for it."""
    assert ({"Condition": "Wanted"}, {}) == (under("Wanted"), under(""))


def test_a_condition_is_never_overwritten() -> None:
    """Two components cannot use one name for two conditions."""
    template = Template()
    add_condition(template, "Same", Equals("a", "a"))
    with pytest.raises(ValueError, match="condition Same exists already"):
        add_condition(template, "Same", Equals("a", "b"))


def test_a_rule_has_a_message() -> None:
    """A rule has its condition, and a message for each assertion."""
    template = Template()
    given = add_parameter(template, "Name", group="G", label="n", description="d")
    add_rule(template, "Needed", (is_given(given), "Type a name."), when=Equals("a", "a"))
    assert template.to_dict()["Rules"] == {
        "Needed": {
            "RuleCondition": {"Fn::Equals": ["a", "a"]},
            "Assertions": [
                {
                    "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]},
                    "AssertDescription": "Type a name.",
                }
            ],
        }
    }
