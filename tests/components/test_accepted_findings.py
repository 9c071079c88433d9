"""The lists of accepted findings: who may write them, and how long they are kept."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.components.accepted_findings import BUCKET, add_accepted_findings
from generator.components.encryption import Key
from generator.model.template import new_template
from generator.publishing import render
from tests.resolved import resolved

ROLE = "arn:aws:iam::123456789012:role/security"
TEMPLATE = new_template("Test")
ACCEPTED = add_accepted_findings(TEMPLATE, Key("arn:key"))
RENDERED = render.to_dict(TEMPLATE)


def _bucket_policy(role: str) -> dict[str, Any]:
    policy = resolved(RENDERED, AcceptingRoleArn=role)[f"{BUCKET}Policy"]["PolicyDocument"]
    return {each["Sid"]: each for each in policy["Statement"]}


def test_only_the_role_writes() -> None:
    """Every other principal, whatever its policies allow, is refused: to write, delete, replicate, re-encrypt."""
    refused = _bucket_policy(ROLE)["RefuseOtherWriters"]
    assert ("Deny", "*") == (refused["Effect"], refused["Principal"])
    assert {"ArnNotLike": {"aws:PrincipalArn": ROLE}} == refused["Condition"]
    assert [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutObject",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
        "s3:UpdateObjectEncryption",
    ] == refused["Action"]
    assert [f"arn:AWS::Partition:s3:::{BUCKET}/*"] == refused["Resource"]


def test_without_a_role_there_is_no_bucket() -> None:
    """Nobody can accept findings, which is the default."""
    assert {} == resolved(RENDERED)
    assert "" == RENDERED["Parameters"]["AcceptingRoleArn"]["Default"]
    assert "HasAcceptingRole" == RENDERED["Outputs"]["AcceptedFindingsBucket"]["Condition"]


def test_lists_do_not_expire() -> None:
    """Each version of a list is kept, because it shows which findings were accepted and when."""
    rules = resolved(RENDERED, AcceptingRoleArn=ROLE)[BUCKET]["LifecycleConfiguration"]["Rules"]
    assert not any("Expiration" in key for rule in rules for key in rule)


def test_inspect_reads_objects_and_does_no_more() -> None:
    """Not even list them."""
    grant = ACCEPTED.read()
    assert [("s3", "GetObject")] == [(action.prefix, action.action) for action in grant.actions]
    assert "HasAcceptingRole" == grant.only_if


@pytest.mark.parametrize(
    ("arn", "taken"),
    [
        (ROLE, True),
        ("", True),
        ("arn:aws-cn:iam::123456789012:role/a/b/security", True),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Security_*", True),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Security_*", True),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_S_0123456789", True),
        ("*", False),
        ("arn:aws:iam::123456789012:role/*", False),
        ("arn:aws:iam::123456789012:role/security*", False),
        ("arn:aws:iam::123456789012:role/*/security", False),
        ("arn:aws:iam::123456789012:role/aws-reserved/*", False),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*", False),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_*", False),
        ("arn:aws:iam::123456789012:role/x/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Security_*", False),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso-amazonaws-com/AWSReservedSSO_Security_*", False),
        ("arn:aws:iam::*:role/security", False),
        ("arn:aws:iam::123456789012:root", False),
        ("arn:aws:iam::123456789012:user/eve", False),
        (f"{ROLE},{ROLE}", False),
        ("arn:aws:sts::123456789012:assumed-role/security/eve", False),
    ],
)
def test_the_role_is_a_role(arn: str, taken: bool) -> None:  # noqa: FBT001  a column of the table
    """Of one account, and exact: a team could create a role that matches a pattern. Identity Center's may have *."""
    assert taken == bool(re.fullmatch(RENDERED["Parameters"]["AcceptingRoleArn"]["AllowedPattern"], arn))
