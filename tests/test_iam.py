"""Grants, trust and roles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from awacs import s3
from troposphere import GetAtt, Template, encode_to_dict

from generator.iam import WHY, Grant, add_service_role, add_shared_policy, merged, trust, trust_quiet

READ = Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:x",), why="It is read.")


def test_a_grant_names_resources_or_the_page_that_says_there_are_none() -> None:
    """A grant without resources, on `*`, or on resources and everything at once is a mistake in the generator."""
    for wrong in ({}, {"resources": ("*",)}, {"resources": ("arn:x",), "everywhere": "https://page"}):
        with pytest.raises(ValueError, match="Read: name the resources"):
            Grant(sid="Read", actions=(s3.GetObject,), why="It is read.", **wrong)


def test_a_grant_on_everything_tells_the_page() -> None:
    """The reason of a grant on `*` says where AWS says that there is nothing narrower."""
    grant = Grant(sid="List", actions=(s3.ListAllMyBuckets,), why="It is listed.", everywhere="https://page")
    assert grant.reason == "It is listed. On everything, as AWS has it: https://page"
    assert encode_to_dict(grant.statement())["Resource"] == "*"


def test_equal_grants_are_one_statement() -> None:
    """Two parts that need the same get one statement; two different grants of one name are a mistake."""
    assert (READ,) == merged([READ, Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:x",), why="Again.")])
    with pytest.raises(ValueError, match="two grants are called Read"):
        merged([READ, Grant(sid="Read", actions=(s3.PutObject,), resources=("arn:x",), why="Other.")])


def test_what_is_asked_for_under_two_conditions_is_granted_without() -> None:
    """A grant that two stages need is there for as long as one of them is: one of two stages is always left."""
    staging, production = replace(READ, only_if="DeployStaging"), replace(READ, only_if="DeployProduction")
    assert (READ,) == merged([staging, production])
    assert (staging,) == merged([staging, staging])


def test_a_grant_under_a_condition_is_a_statement_or_nothing() -> None:
    """The statement is chosen by the condition; without one it simply stands there."""
    assert READ.item() == READ.statement()
    (item,) = encode_to_dict([replace(READ, only_if="Wanted").item()])
    assert {"Fn::If": ["Wanted", encode_to_dict(READ.statement()), {"Ref": "AWS::NoValue"}]} == item


def test_a_shared_policy_stands_in_the_template_once() -> None:
    """Roles refer to it, and its reasons stay with it."""
    template = Template()
    shared = add_shared_policy(template, "Shared", [READ])
    add_service_role(template, "Role", trusted=trust_quiet("lambda.amazonaws.com"), grants=[READ], shared=[shared])
    assert {WHY: {"Read": "It is read."}} == template.resources["Shared"].resource["Metadata"]
    assert [{"Ref": "Shared"}] == template.resources["Role"].to_dict()["Properties"]["ManagedPolicyArns"]


def test_trust_is_for_one_source_of_this_account() -> None:
    """A service may assume a role only for the resource that the role is for."""
    statement = encode_to_dict(trust("codebuild.amazonaws.com", "arn:project"))["Statement"][0]
    assert {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": "arn:project"},
    } == statement["Condition"]


def test_codepipeline_may_leave_its_account_out() -> None:
    """CodePipeline is not known to send its account: where it does, the account has to be this one."""
    statement = encode_to_dict(trust_quiet("codepipeline.amazonaws.com"))["Statement"][0]
    assert {"StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}} == statement["Condition"]


def test_a_role_has_the_boundary_and_keeps_its_reasons() -> None:
    """The first role brings the boundary's parameter along, each role has it, and reasons stay with the role."""
    template = Template()
    for name in ("OneRole", "OtherRole"):
        role = add_service_role(template, name, trusted=trust_quiet("codepipeline.amazonaws.com"), grants=[READ])
        assert isinstance(role.arn, GetAtt)
    assert ["PermissionsBoundaryArn"] == list(template.parameters)
    for made in template.resources.values():
        assert made.to_dict()["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasPermissionsBoundary"
        assert made.resource["Metadata"] == {WHY: {"Read": "It is read."}}


def test_a_role_can_depend_on_a_condition() -> None:
    """A role is made always, or when a condition holds."""
    template = Template()
    add_service_role(template, "Always", trusted=trust_quiet("codepipeline.amazonaws.com"), grants=[READ])
    add_service_role(
        template, "Sometimes", trusted=trust_quiet("codepipeline.amazonaws.com"), grants=[READ], only_if="Wanted"
    )
    assert [None, "Wanted"] == [role.to_dict().get("Condition") for role in template.resources.values()]
