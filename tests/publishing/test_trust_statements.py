"""Trust policies: all that they say is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from generator.cli import cli
from generator.prose import plain
from generator.publishing.trust_statements import TrustStatement, trust_statements
from tests.conftest import RENDERED

ROLES = [
    (name, role)
    for name, body in RENDERED.items()
    for role, resource in body["Resources"].items()
    if resource["Type"] == "AWS::IAM::Role"
]
OWN = {"Ref": "AWS::AccountId"}


def _trust(condition: dict[str, Any], principal: Any = "codebuild.amazonaws.com") -> TrustStatement:
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": ["sts:AssumeRole"]}
    if condition:
        statement["Condition"] = condition
    (found,) = trust_statements({"Properties": {"AssumeRolePolicyDocument": {"Statement": [statement]}}})
    return found


@pytest.mark.parametrize(("name", "role"), ROLES)
def test_every_condition_of_every_role_is_shown(name: str, role: str) -> None:
    """In the sentence, except for the account, which is in words; and in the JSON."""
    resource = RENDERED[name]["Resources"][role]
    statements = resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    for statement, found in zip(statements, trust_statements(resource), strict=True):
        tests = [test for tests in statement["Condition"].values() for test in tests.items()]
        assert len(tests) == len(found.conditions)
        for key, value in tests:
            shown = "this account" if value == OWN else plain(value).split(", ")[0]
            assert shown in found.sentence, key
            assert any(key in each and plain(value) in each for each in found.conditions)


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({}, "Assumed by `codebuild.amazonaws.com`."),
        ({"StringEquals": {"aws:SourceAccount": OWN}}, "Assumed by `codebuild.amazonaws.com`, only for this account."),
        (
            {"StringEquals": {"aws:SourceAccount": OWN}, "ArnLike": {"aws:SourceArn": ["arn:a", "arn:b"]}},
            "Assumed by `codebuild.amazonaws.com`, only for `arn:a` or `arn:b` of this account.",
        ),
        (
            {"StringEqualsIfExists": {"aws:SourceAccount": OWN}},
            "Assumed by `codebuild.amazonaws.com`, only for this account (if the service names one).",
        ),
        ({"ArnLike": {"aws:SourceArn": "arn:a"}}, "Assumed by `codebuild.amazonaws.com`, only for `arn:a`."),
        (
            {"StringEquals": {"aws:SourceAccount": "111122223333", "sts:ExternalId": "x"}},
            (
                "Assumed by `codebuild.amazonaws.com`, only if `aws:SourceAccount` StringEquals `111122223333` and"
                " `sts:ExternalId` StringEquals `x`."
            ),
        ),
    ],
)
def test_conditions_become_a_sentence(condition: dict[str, Any], sentence: str) -> None:
    """Another account, another key or another operator is not put in words that mean something else."""
    assert sentence == _trust(condition).sentence


def test_several_principals_are_all_shown() -> None:
    """A list is not cut."""
    found = _trust({}, ["codebuild.amazonaws.com", "lambda.amazonaws.com"])
    assert "Assumed by `codebuild.amazonaws.com`, `lambda.amazonaws.com`." == found.sentence


def test_explain_shows_who_assumes_a_role_and_when() -> None:
    """As text, and as data with the keys that the statements of the role have too."""
    text = CliRunner().invoke(cli, ["explain", "platform", "InspectRole"]).stdout
    project = "codebuild:project/ecr-pipeline-platform-${Platform}-Inspect"
    assert f"Assumed by codebuild.amazonaws.com, only for {project} of this account." in " ".join(text.split())
    found = json.loads(CliRunner().invoke(cli, ["explain", "platform", "InspectRole", "--json"]).stdout)
    assert [
        {
            "principals": ["codebuild.amazonaws.com"],
            "actions": ["sts:AssumeRole"],
            "conditions": [
                "aws:SourceAccount StringEquals ${AWS::AccountId}",
                f"aws:SourceArn ArnLike {project}",
            ],
        }
    ] == found["trust"]
    assert [] == json.loads(CliRunner().invoke(cli, ["explain", "platform", "Key", "--json"]).stdout)["trust"]
