"""Artifacts of another stack's pipeline."""

from __future__ import annotations

import re

from troposphere import Template

from generator.components.encryption import add_key
from generator.components.given_artifacts import GivenArtifacts, add_given_artifacts
from generator.template import new_template


def _given() -> tuple[Template, GivenArtifacts]:
    template = new_template("Test")
    return template, add_given_artifacts(template, add_key(template, services=()))


def test_artifacts_are_read_and_none_is_written() -> None:
    """The bucket of somebody else's pipeline and its key: to fetch and to decrypt, and no more."""
    actions = {f"{action.prefix}:{action.action}" for grant in _given()[1].use() for action in grant.actions}
    assert {
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "kms:Decrypt",
        "kms:DescribeKey",
    } == actions


def test_it_is_the_bucket_and_the_key_of_the_parameters() -> None:
    """No other bucket, and not this stack's own key."""
    template, given = _given()
    document = template.resources["ArtifactPolicy"].to_dict()["Properties"]["PolicyDocument"]
    bucket, objects, key = (statement["Resource"] for statement in document["Statement"])
    assert 3 == len(given.use())
    assert {"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArtifactBucketName}"} == bucket
    assert {"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArtifactBucketName}/*"} == objects
    assert {"Ref": "ArtifactKeyArn"} == key


def test_the_policy_grants_what_the_handle_tells() -> None:
    """The shared policy is that of the grants."""
    template, given = _given()
    statements = template.resources["ArtifactPolicy"].to_dict()["Properties"]["PolicyDocument"]["Statement"]
    assert [grant.sid for grant in given.use()] == [statement["Sid"] for statement in statements]
    assert {"Ref": "ArtifactPolicy"} == given.policy.to_dict()


def test_both_have_to_be_typed() -> None:
    """An address or an alias is refused: the pattern says what the outputs of a pipeline look like."""
    parameters = _given()[0].to_dict()["Parameters"]
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    for name, good, bad in (
        (
            "ArtifactBucketName",
            "orders-artifactbucket-1a2b",
            ["", "s3://orders", "Orders", "orders/x", "arn:aws:s3:::x"],
        ),
        ("ArtifactKeyArn", key, ["", "alias/orders", key.replace("key/", "alias/"), key.rpartition("/")[2]]),
    ):
        assert "Default" not in parameters[name]
        assert re.fullmatch(parameters[name]["AllowedPattern"], good)
        assert [] == [value for value in bad if re.fullmatch(parameters[name]["AllowedPattern"], value)]
