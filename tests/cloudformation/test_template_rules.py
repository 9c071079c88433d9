"""A template's Rules, evaluated on the values of a parameter file."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cloudformation.template_rules import broken, contradictions

VALUES: dict[str, str | list[str] | None] = {"Env": "prod", "Zones": ["a", "b"], "Same": ["a", "a"], "Image": None}
TRUE = {"Fn::Equals": [{"Ref": "Env"}, "prod"]}
FALSE = {"Fn::Equals": [{"Ref": "Env"}, "dev"]}
UNKNOWN = {"Fn::Equals": [{"Ref": "Image"}, "x"]}


def verdict(assertion: Any, values: dict[str, Any] = VALUES) -> bool | None:
    """The result of the assertion; None if it is not known."""
    if list(broken({"Rule": {"Assertions": [{"Assert": assertion}]}}, values)):
        return False
    return True if list(broken({"Rule": {"Assertions": [{"Assert": {"Fn::Not": [assertion]}}]}}, values)) else None


@pytest.mark.parametrize(
    ("expected", "assertion"),
    [
        (True, TRUE),
        (False, FALSE),
        (True, {"Fn::Not": [FALSE]}),
        (True, {"Fn::And": [TRUE, TRUE]}),
        (False, {"Fn::And": [TRUE, FALSE]}),
        (True, {"Fn::Or": [FALSE, TRUE]}),
        (False, {"Fn::Or": [FALSE, FALSE]}),
        (True, {"Fn::Contains": [["dev", "prod"], {"Ref": "Env"}]}),
        (False, {"Fn::Contains": [["dev", "test"], {"Ref": "Env"}]}),
        (True, {"Fn::EachMemberEquals": [{"Ref": "Same"}, "a"]}),
        (False, {"Fn::EachMemberEquals": [{"Ref": "Zones"}, "a"]}),
        (True, {"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "b", "c"]]}),
        (False, {"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "c"]]}),
        (True, {"Fn::Equals": [{"Ref": "Zones"}, ["a", "b"]]}),
        (False, {"Fn::Equals": [{"Ref": "Zones"}, ["a"]]}),
        (True, {"Fn::Equals": [{"Fn::Equals": [True, "true"]}, TRUE]}),
    ],
)
def test_an_assertion_is_decided_by_the_values(*, expected: bool, assertion: Any) -> None:
    """Every function of a rule that needs no account has CloudFormation's result."""
    assert verdict(assertion) is expected


@pytest.mark.parametrize(
    "assertion",
    [
        UNKNOWN,
        {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
        {"Fn::Equals": [{"Ref": "Zones"}, "a"]},
        {"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-1"]},
        {"Fn::Contains": [{"Ref": "Env"}, "prod"]},
        {"Fn::EachMemberEquals": [{"Fn::ValueOf": ["Zones", "Tags.a"]}, "x"]},
        {
            "Fn::EachMemberIn": [
                {"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]},
                {"Fn::RefAll": "AWS::EC2::VPC::Id"},
            ]
        },
        {"Fn::EachMemberIn": [{"Ref": "Zones"}, {"Fn::ValueOf": ["Vpc", "Zones"]}]},
        {"Fn::Not": [UNKNOWN]},
        {"Fn::And": [TRUE, UNKNOWN]},
        {"Fn::Or": [FALSE, UNKNOWN]},
    ],
)
def test_an_assertion_about_the_account_is_neither_true_nor_false(assertion: Any) -> None:
    """Neither true nor false: no complaint without knowledge."""
    assert verdict(assertion) is None


def test_one_known_condition_can_decide() -> None:
    """An unknown value does not matter if the others decide."""
    assert verdict({"Fn::And": [UNKNOWN, FALSE]}) is False
    assert verdict({"Fn::Or": [UNKNOWN, TRUE]}) is True


@pytest.mark.parametrize(("condition", "expected"), [(TRUE, ["Rule"]), (FALSE, []), (UNKNOWN, [])])
def test_a_rule_takes_effect_when_its_condition_holds(condition: Any, expected: list[str]) -> None:
    """Assertions under a condition that does not hold, or is not known to, are passed over."""
    rules = {"Rule": {"RuleCondition": condition, "Assertions": [{"Assert": FALSE, "AssertDescription": "no"}]}}
    assert expected == [name for name, _ in broken(rules, VALUES)]


def test_each_broken_assertion_says_its_description() -> None:
    """All of them, in the words of the template."""
    rules = {"Rule": {"Assertions": [{"Assert": FALSE, "AssertDescription": text} for text in ("one", "two")]}}
    assert [("Rule", "one"), ("Rule", "two")] == list(broken(rules, VALUES))


FORMULAS = st.recursive(
    st.sampled_from("abc").map(lambda name: {"Fn::Equals": [{"Ref": name}, "yes"]}),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda conditions: {"Fn::And": conditions})
        | st.lists(inner, min_size=2, max_size=3).map(lambda conditions: {"Fn::Or": conditions})
        | inner.map(lambda condition: {"Fn::Not": [condition]})
    ),
    max_leaves=8,
)


@given(FORMULAS, st.sampled_from(["yes", "no", None]))
def test_a_verdict_holds_whatever_the_unknown_is(formula: Any, known: str | None) -> None:
    """A decision without a value stays the same with any value in its place."""
    decided = verdict(formula, {"a": known, "b": None, "c": None})
    if decided is not None:
        for a, b, c in product([known] if known else ["yes", "no"], ["yes", "no"], ["yes", "no"]):
            assert decided is verdict(formula, {"a": a, "b": b, "c": c})


def test_a_contradiction_names_the_parameters_of_its_assertion() -> None:
    """Not those of the other assertions of the rule."""
    equal = {"Fn::Equals": [{"Ref": "One"}, {"Fn::Select": [0, [{"Ref": "Other"}, {"Ref": "One"}]]}]}
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "Switch"}, "on"]},
        "Assertions": [
            {"Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Third"}, "c"]}]}, "AssertDescription": "third"},
            {"Assert": {"Fn::Not": [equal]}, "AssertDescription": "equal"},
        ],
    }
    given = {"Switch": "on", "One": "a", "Other": "a", "Third": "b"}
    assert [("equal", ["One", "Other"])] == list(contradictions({"Rule": rule}, given))
    assert ["third"] == [message for message, _ in contradictions({"Rule": rule}, given | {"Other": "b", "Third": "c"})]
    assert [] == list(contradictions({"Rule": rule}, given | {"Switch": "off"}))
