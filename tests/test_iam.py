"""Grants, trust and roles."""

from __future__ import annotations

import pytest
from awacs import s3
from troposphere import GetAtt, Template, encode_to_dict

from generator.iam import WHY, Grant, add_service_role, merged, trust, trust_codepipeline

READ = Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:x",), why="It is read.")


def test_a_grant_names_resources_or_the_page_that_says_there_are_none() -> None:
    """A grant without resources, on `*`, or on resources and everything at once is a mistake in the generator."""
    for wrong in ({}, {"resources": ("*",)}, {"resources": ("arn:x",), "everywhere": "https://page"}):
        with pytest.raises(ValueError, match="Read: name the resources"):
            Grant(sid="Read", actions=(s3.GetObject,), why="It is read.", **wrong)


def test_a_grant_on_everything_tells_the_page() -> None:
    """The reason of a grant on `*` says where AWS says that there is nothing narrower."""
    grant = Grant(sid="List", actions=(s3.ListAllMyBuckets,), why="It is listed.", everywhere="https://page")
    assert grant.reason == "It is listed. No narrower resource works: https://page"
    assert encode_to_dict(grant.statement())["Resource"] == ["*"]


def test_equal_grants_are_one_statement() -> None:
    """Two parts that need the same get one statement; two different grants of one name are a mistake."""
    assert (READ,) == merged([READ, Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:x",), why="Again.")])
    with pytest.raises(ValueError, match="two grants are called Read"):
        merged([READ, Grant(sid="Read", actions=(s3.PutObject,), resources=("arn:x",), why="Other.")])


def test_trust_is_for_one_source_of_this_account() -> None:
    """A service may assume a role only for the resource that the role is for."""
    statement = encode_to_dict(trust("codebuild.amazonaws.com", "arn:project"))["Statement"][0]
    assert {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": "arn:project"},
    } == statement["Condition"]


def test_codepipeline_may_leave_its_account_out() -> None:
    """CodePipeline is not known to send its account: where it does, the account has to be this one."""
    statement = encode_to_dict(trust_codepipeline())["Statement"][0]
    assert {"StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}} == statement["Condition"]


def test_a_role_has_the_boundary_and_keeps_its_reasons() -> None:
    """The first role brings the boundary's parameter along, each role has it, and reasons stay with the role."""
    template = Template()
    for name in ("OneRole", "OtherRole"):
        role = add_service_role(template, name, trusted=trust_codepipeline(), grants=[READ])
        assert isinstance(role.arn, GetAtt)
    assert ["PermissionsBoundaryArn"] == list(template.parameters)
    for made in template.resources.values():
        assert made.to_dict()["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasPermissionsBoundary"
        assert made.resource["Metadata"] == {WHY: {"Read": "It is read."}}
