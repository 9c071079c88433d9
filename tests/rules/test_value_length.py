"""E9707: length of configuration values."""

from __future__ import annotations

import pytest

from tests.rules.test_rules import action, findings, with_action

PLACE = "Resources/Pipeline/Properties/Stages/2/Actions/0/Configuration/CustomData"


@pytest.mark.parametrize(
    "value",
    [
        "x" * 1001,
        "#{Image.ImageDigest}" * 51,
        {"Fn::Sub": "x" * 1001},
        {"Fn::Sub": ["x" * 999 + "${!a}", {}]},
        {"Fn::Join": ["--", ["x" * 999, {"Ref": "Name"}]]},
        {"Fn::Join": ["", ["x" * 600, {"Fn::Sub": "${Name}" + "x" * 401}]]},
    ],
)
def test_more_than_a_thousand_characters_are_too_many(value: object) -> None:
    """A value that is certainly longer than 1000 characters is found, including functions and unresolved variables."""
    found = findings(with_action(action("Approval/Manual", "A", {"CustomData": value})), "E9707")

    assert [PLACE] == [finding.place for finding in found]
    assert "a configuration value has at most 1000, as written" in found[0].message


@pytest.mark.parametrize(
    "value",
    [
        "x" * 1000,
        {"Fn::Sub": "x" * 1000 + "${Name}"},
        {"Fn::Join": ["", ["x" * 1000, {"Ref": "Name"}]]},
        {"Fn::Join": ["", ["x" * 900, {"Fn::If": ["Long", "y" * 900, ""]}]]},
        {"Fn::Join": ["", {"Ref": "Names"}]},
        {"Ref": "Name"},
        1234,
    ],
)
def test_a_value_that_may_be_short_enough_is_no_finding(value: object) -> None:
    """1000 characters are allowed, and a reference may be an empty text."""
    assert [] == findings(with_action(action("Approval/Manual", "A", {"CustomData": value})), "E9707")


def test_the_branch_that_is_too_long_is_found() -> None:
    """Under a condition, only the branch that is too long is complained about."""
    value = {"Fn::If": ["Long", "x" * 1001, "x"]}
    body = with_action(action("Approval/Manual", "A", {"CustomData": value}))
    body["Conditions"] = {"Long": {"Fn::Equals": [{"Ref": "RepositoryName"}, "orders"]}}

    assert [f"{PLACE}/Fn::If/1"] == [finding.place for finding in findings(body, "E9707")]


def test_every_provider_has_the_limit() -> None:
    """The limit holds for builds as for approvals, and for providers that no rule knows."""
    long = {"EnvironmentVariables": "x" * 1001}
    body = with_action(action("Build/CodeBuild", "A", long), action("Deploy/BrandNew", "B", long))

    assert 2 == len(findings(body, "E9707"))
