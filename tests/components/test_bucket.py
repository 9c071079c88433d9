"""A bucket, and the policy that protects it."""

from __future__ import annotations

from typing import Any

from awacs import s3
from awacs.aws import Deny, Principal, Statement
from troposphere import Equals, encode_to_dict
from troposphere.s3 import LifecycleRule

from generator.components.bucket import add_bucket, bucket_arn
from generator.components.encryption import Key
from generator.model.parameters import add_condition
from generator.model.template import new_template
from generator.publishing import render

TEMPLATE = new_template("Test")
OTHER = Statement(
    Sid="Other", Effect=Deny, Principal=Principal("*"), Action=[s3.GetObject], Resource=[bucket_arn("Things", "/x")]
)
MADE = add_bucket(
    TEMPLATE,
    "Things",
    Key("arn:key"),
    why="It keeps things.",
    lifecycle=LifecycleRule(Id="Rule", Status="Enabled"),
    refusals=[OTHER],
)
RESOURCES: dict[str, Any] = render.to_dict(TEMPLATE)["Resources"]
BUCKET = RESOURCES["Things"]["Properties"]


def test_the_name_of_the_bucket_is_its_reference() -> None:
    """It has no name of its own, so that an update never collides with it; its ARN is made of that name."""
    assert {"Ref": "Things"} == encode_to_dict(MADE)
    assert "BucketName" not in BUCKET
    assert {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Things}/x"} == encode_to_dict(bucket_arn("Things", "/x"))


def test_the_bucket_is_private_and_encrypted_with_the_key() -> None:
    """All public access is blocked, objects belong to the account, versions are kept."""
    access = BUCKET["PublicAccessBlockConfiguration"]
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert dict.fromkeys(blocked, True) == access
    (rule,) = BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:key"} == rule["ServerSideEncryptionByDefault"]
    assert rule["BucketKeyEnabled"] is True
    assert [{"ObjectOwnership": "BucketOwnerEnforced"}] == BUCKET["OwnershipControls"]["Rules"]
    assert {"Status": "Enabled"} == BUCKET["VersioningConfiguration"]


def test_the_bucket_and_its_policy_outlive_the_stack() -> None:
    """Its contents are evidence: deleting the stack keeps the bucket, and the policy that protects it."""
    assert {("RetainExceptOnCreate", "Retain")} == {
        (each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in RESOURCES.values()
    }


def test_the_bucket_refuses_plain_http_and_other_encryption() -> None:
    """Both refusals apply to every principal; the first one covers the bucket and its objects."""
    http, encryption, other = RESOURCES["ThingsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert ("Deny", "Deny", "*", "*") == (
        http["Effect"],
        encryption["Effect"],
        http["Principal"],
        encryption["Principal"],
    )
    assert {"Bool": {"aws:SecureTransport": "false"}} == http["Condition"]
    assert (["s3:*"], 2) == (http["Action"], len(http["Resource"]))
    assert ["s3:PutObject"] == encryption["Action"]
    [rule] = RESOURCES["Things"]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}} == encryption["Condition"]
    assert "Other" == other["Sid"]


def test_a_bucket_under_a_condition_has_a_policy_under_the_same() -> None:
    """Without the bucket there is nothing to protect."""
    template = new_template("Test")
    add_condition(template, "Wanted", Equals("a", "a"))
    rule = LifecycleRule(Id="Rule", Status="Enabled")
    add_bucket(template, "Things", Key("arn:key"), why="It keeps things.", lifecycle=rule, only_if="Wanted")
    assert ["Wanted", "Wanted"] == [each["Condition"] for each in render.to_dict(template)["Resources"].values()]
