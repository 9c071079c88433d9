"""The difference between permissions, in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import catalog
from generator.authorization.policy_patterns import is_action
from generator.changesets.change_records import LATER
from generator.changesets.permission_words import permission_changes, policy_properties
from generator.changesets.policy_coverage import covers, grants
from generator.publishing import render

ARN = "arn:aws:ecr:eu-central-1:111122223333:repository/team/{}"
TRUST = [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]


def role(*statements: dict[str, Any], trust: list[dict[str, Any]] = TRUST, **further: Any) -> dict[str, Any]:
    """The properties of a role with these statements."""
    policies = [{"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    return {"AssumeRolePolicyDocument": {"Statement": trust}, "Policies": policies, **further}


def allow(action: Any, resource: Any = "*", **further: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **further}


def said(kind: str, before: Any, after: Any) -> list[str]:
    """The changes of a resource: + for wider, - for narrower."""
    return [f"{'+' if each.wider else '-'} {each.text}" for each in permission_changes("X", kind, before, after)]


EQUALS = {"StringEquals": {"aws:SourceAccount": "1"}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (role(allow("ecr:GetImage", ARN.format("a"))),
         role(allow(["ecr:GetImage", "ecr:PutImage"], ARN.format("*"))),
         ["+ new ecr:GetImage on team/*", "+ new ecr:PutImage on team/*"]),
        (role(allow("ecr:*", ARN.format("*"))), role(allow("ecr:PutImage", ARN.format("a"))),
         ["- no more ecr:* on team/*"]),
        (role(allow("s3:GetObject", "arn:aws:s3:::b/*")), role(allow("s3:GetObject", "arn:aws:s3:::b/a/*")),
         ["- s3:GetObject on b/* only on b/a/*"]),
        (role(allow("s3:GetObject")), role(allow("s3:GetObject", Condition=EQUALS)),
         ["- s3:GetObject on * only on * if aws:SourceAccount StringEquals 1"]),
        (role(allow("s3:GetObject", Condition=EQUALS)), role(allow("s3:GetObject")), ["+ new s3:GetObject on *"]),
        (role(allow("s3:*"), {**allow("s3:DeleteObject"), "Effect": "Deny"}), role(allow("s3:*")),
         ["+ no more denial of s3:DeleteObject on *"]),
        (role(allow("s3:*")), role(allow("s3:*"), {**allow("s3:DeleteObject"), "Effect": "Deny"}),
         ["- new denial of s3:DeleteObject on *"]),
        (role(), role(trust=[{**TRUST[0], "Principal": {"AWS": "111122223333"}}]),
         ["- no more sts:AssumeRole by codebuild.amazonaws.com", "+ new sts:AssumeRole by 111122223333"]),
        (role(ManagedPolicyArns=["arn:aws:iam::1:policy/a"]), role(ManagedPolicyArns=["arn:aws:iam::1:policy/b"]),
         ["- no more managed policy policy/a", "+ new managed policy policy/b"]),
        (role(PermissionsBoundary="arn:aws:iam::1:policy/a"), role(), ["+ permissions boundary removed"]),
        (role(), role(PermissionsBoundary="arn:aws:iam::1:policy/a"), ["- a permissions boundary: policy/a"]),
        (role(allow("sns:Publish", "arn:aws:sns:r:1:t")), role(allow("sns:Publish", LATER)),
         ["- no more sns:Publish on t", "+ new sns:Publish on a resource of this change"]),
        (role(allow("s3:GetObject")), role(allow("s3:GetObject")), []),
        (role(allow("s3:GetObject")), role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
         ["- no more s3:GetObject on *", "+ new all actions except iam:* on *"]),
        (role(allow("s3:GetObject")), None, []),
        (role(), {**role(), "Policies": LATER}, ["+ permissions that are known only after the deployment (Policies)"]),
    ],
)  # fmt: skip
def test_the_permissions_of_a_role(before: Any, after: Any, expected: list[str]) -> None:
    """Inline policies, trust, managed policies, boundary. For a deleted role there is nothing to report."""
    assert expected == said("AWS::IAM::Role", before, after)


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        ("AWS::IAM::ManagedPolicy", {"PolicyDocument": {"Statement": allow("a:b")}},
         {"PolicyDocument": {"Statement": [allow("a:b"), allow("a:c")]}}, ["+ new a:c on *"]),
        ("AWS::KMS::Key", {"KeyPolicy": {"Statement": []}},
         {"KeyPolicy": {"Statement": [allow("kms:Decrypt", Principal={"Service": "events.amazonaws.com"})]}},
         ["+ new kms:Decrypt for events.amazonaws.com"]),
        ("AWS::S3::BucketPolicy",
         {"PolicyDocument": {"Statement": [{**allow("s3:*", Principal="*"), "Effect": "Deny"}]}},
         None, ["+ no more denial of s3:* for *"]),
        ("AWS::EC2::VPCEndpoint", {"PolicyDocument": {"Statement": allow("logs:*", Principal="*")}}, {},
         ["+ new * for *"]),
        ("AWS::EKS::AccessEntry", {"KubernetesGroups": ["a"]},
         {"AccessPolicies": [{"PolicyArn": "arn:aws:eks::aws:cluster-access-policy/Edit",
                              "AccessScope": {"Type": "namespace", "Namespaces": ["shop"]}}]},
         ["- no more Kubernetes group a", "+ new access policy Edit in shop"]),
        ("AWS::SQS::QueuePolicy", {"PolicyDocument": '{"Statement": []}'},
         {"PolicyDocument": '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}}'},
         ["+ new sqs:SendMessage for *"]),
        ("AWS::ECR::RegistryPolicy", None,
         {"PolicyText": {"Statement": [allow("ecr:ReplicateImage", ARN.format("*"),
                                             Principal={"AWS": "arn:aws:iam::210987654321:root"})]}},
         ["+ new ecr:ReplicateImage on team/* for root of 210987654321"]),
        ("AWS::KMS::Key", None, {"KeyPolicy": {"Statement": [allow("kms:Decrypt", Principal="*")]}}, []),
        ("AWS::SNS::Topic", {"DisplayName": "a"}, {"DisplayName": "b"}, []),
    ],
)  # fmt: skip
def test_the_permissions_that_other_resources_give(kind: str, before: Any, after: Any, expected: list[str]) -> None:
    """Policies of resources, of endpoints, access to a cluster."""
    assert expected == said(kind, before, after)


# They are policies of something else, or are compared as lists.
NO_DOCUMENTS = {
    ("AWS::Chatbot::MicrosoftTeamsChannelConfiguration", "GuardrailPolicies"),
    ("AWS::Chatbot::SlackChannelConfiguration", "GuardrailPolicies"),
    ("AWS::ECR::Repository", "LifecyclePolicy"),
    ("AWS::ECR::RepositoryCreationTemplate", "LifecyclePolicy"),
    ("AWS::EKS::AccessEntry", "AccessPolicies"),
    ("AWS::IAM::Role", "ManagedPolicyArns"),
}


def test_every_policy_that_is_published_is_compared() -> None:
    """A property with a policy is named in resource_types/ (`policy`), or here if it grants no permission."""
    published = {
        (resource["Type"], name)
        for build in catalog.templates().values()
        for resource in render.to_dict(build())["Resources"].values()
        for name in resource.get("Properties", {})
        if re.search("Polic(y|ies)", name)
    }
    compared = {(kind, name) for kind, _ in published for name in policy_properties(kind)}
    assert ("AWS::KMS::Key", "KeyPolicy") in published & compared
    assert set() == published - compared - NO_DOCUMENTS


words = st.text("ab*?", max_size=4)


@given(words, words, st.text("ab", max_size=5))
def test_a_covered_pattern_matches_nothing_more(one: str, other: str, action: str) -> None:
    """The covering pattern matches everything that the covered one matches."""
    [first], [second] = (list(grants({"Statement": allow(f"s:{each}")})) for each in (one, other))
    if covers(first, second) and is_action(f"s:{other}", f"s:{action}"):
        assert is_action(f"s:{one}", f"s:{action}")
