"""Grants, trust and roles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from awacs import s3
from troposphere import GetAtt, Ref, Split, Template, encode_to_dict

from generator.model.grants import WHY, Grant, add_service_role, add_shared_policy, merged, trust, trust_quiet

READ = Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:x",), why="It is read.")


def test_a_grant_has_resources_or_a_page_of_aws() -> None:
    """A grant without resources, on `*`, or on resources and everything at once is a mistake in the generator."""
    for wrong in ({}, {"resources": ("*",)}, {"resources": ("arn:x",), "everywhere": "https://page"}):
        with pytest.raises(ValueError, match="Read: name the resources"):
            Grant(sid="Read", actions=(s3.GetObject,), why="It is read.", **wrong)


def test_the_reason_of_a_grant_on_everything_has_the_page() -> None:
    """The page of AWS shows that there is no narrower resource."""
    grant = Grant(sid="List", actions=(s3.ListAllMyBuckets,), why="It is listed.", everywhere="https://page")
    assert grant.reason == "It is listed. AWS documents no narrower resource: https://page"
    assert encode_to_dict(grant.statement())["Resource"] == "*"


def test_resources_can_be_a_list_that_cloudformation_splits() -> None:
    """A parameter with several ARNs is the whole list; one ARN alone needs no list."""
    several = Grant(sid="Read", actions=(s3.GetObject,), resources=(Split(",", Ref("Arns")),), why="It is read.")
    assert {"Fn::Split": [",", {"Ref": "Arns"}]} == encode_to_dict(several.statement())["Resource"]
    assert "arn:x" == encode_to_dict(READ.statement())["Resource"]


def test_equal_grants_are_one_statement() -> None:
    """Two stages that need the same get one statement; two different grants with one id are a mistake."""
    assert (READ,) == merged([READ, Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:x",), why="Again.")])
    with pytest.raises(ValueError, match="two grants are called Read"):
        merged([READ, Grant(sid="Read", actions=(s3.PutObject,), resources=("arn:x",), why="Other.")])


def test_a_grant_under_two_conditions_is_always_granted() -> None:
    """One of the two stages that need it always exists."""
    staging, production = replace(READ, only_if="DeployStaging"), replace(READ, only_if="DeployProduction")
    assert (READ,) == merged([staging, production])
    assert (staging,) == merged([staging, staging])


def test_a_grant_under_a_condition_is_a_statement_or_nothing() -> None:
    """The condition decides whether the statement exists; without a condition it always does."""
    assert READ.item() == READ.statement()
    (item,) = encode_to_dict([replace(READ, only_if="Wanted").item()])
    assert {"Fn::If": ["Wanted", encode_to_dict(READ.statement()), {"Ref": "AWS::NoValue"}]} == item


def test_a_shared_policy_is_in_the_template_once() -> None:
    """Roles refer to it, and it keeps the reasons of its grants."""
    template = Template()
    shared = add_shared_policy(template, "Shared", [READ])
    add_service_role(template, "Role", trusted=trust_quiet("lambda.amazonaws.com"), grants=[READ], shared=[shared])
    assert {WHY: {"Read": "It is read."}} == template.resources["Shared"].resource["Metadata"]
    assert [{"Ref": "Shared"}] == template.resources["Role"].to_dict()["Properties"]["ManagedPolicyArns"]


def test_a_shared_policy_can_depend_on_a_condition() -> None:
    """It exists always, or if its condition holds."""
    template = Template()
    add_shared_policy(template, "Always", [READ])
    add_shared_policy(template, "Sometimes", [READ], only_if="Wanted")
    assert [None, "Wanted"] == [policy.to_dict().get("Condition") for policy in template.resources.values()]


def test_trust_is_for_one_source_of_this_account() -> None:
    """A service may assume a role only for the resource that the role is for."""
    statement = encode_to_dict(trust("codebuild.amazonaws.com", "arn:project"))["Statement"][0]
    assert {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": "arn:project"},
    } == statement["Condition"]


def test_a_service_that_does_not_state_its_account_is_trusted() -> None:
    """CodePipeline is not known to state the account: if it does, the account must be this one."""
    statement = encode_to_dict(trust_quiet("codepipeline.amazonaws.com"))["Statement"][0]
    assert {"StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}} == statement["Condition"]


def test_a_role_has_the_boundary_and_keeps_its_reasons() -> None:
    """The first role adds the parameter of the boundary, every role has it, and keeps the reasons of its grants."""
    template = Template()
    for name in ("OneRole", "OtherRole"):
        role = add_service_role(template, name, trusted=trust_quiet("codepipeline.amazonaws.com"), grants=[READ])
        assert isinstance(role.arn, GetAtt)
    assert ["PermissionsBoundaryArn"] == list(template.parameters)
    for made in template.resources.values():
        assert made.to_dict()["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasPermissionsBoundary"
        assert made.resource["Metadata"] == {WHY: {"Read": "It is read."}}


def test_a_role_can_depend_on_a_condition() -> None:
    """A role exists always, or if its condition holds."""
    template = Template()
    add_service_role(template, "Always", trusted=trust_quiet("codepipeline.amazonaws.com"), grants=[READ])
    add_service_role(
        template, "Sometimes", trusted=trust_quiet("codepipeline.amazonaws.com"), grants=[READ], only_if="Wanted"
    )
    assert [None, "Wanted"] == [role.to_dict().get("Condition") for role in template.resources.values()]
