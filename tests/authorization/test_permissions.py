"""Needed permissions compared with granted ones."""

from __future__ import annotations

import pytest

from generator.authorization.decisions import Policy, Request
from generator.authorization.permissions import Decided, Granted, Needed, Permissions, compare, granted, named
from generator.authorization.policies import Endpoint, PolicySet
from generator.emulator.enforcement.resource_names import StackResource, names

ROLE = "arn:aws:iam::111122223333:role/orders"
REPOSITORY = "arn:aws:ecr:eu-central-1:111122223333:repository/team/orders"
PULL = {
    "Sid": "Pull",
    "Effect": "Allow",
    "Action": ["ecr:BatchGetImage", "ecr:ListImages"],
    "Resource": REPOSITORY,
}
LOGIN = {"Effect": "Allow", "Action": "ecr:Get*", "Resource": "*"}
NEVER = {"Effect": "Deny", "Action": "ecr:Delete*", "Resource": "*"}
STANDING = PolicySet(identity={ROLE: (Policy("Role", {"Statement": [PULL, LOGIN, NEVER]}),)})


def decided(*actions: str) -> list[Decided]:
    """The decisions on actions of the role."""
    requests = [Request(principal=ROLE, action=action, resources=(REPOSITORY,)) for action in actions]
    return [Decided(request, STANDING.decide(request)) for request in requests]


def test_every_grant_counts_by_itself() -> None:
    """A grant is an action of a statement that allows; a statement without an id has its number."""
    assert [
        Granted("Role/Pull", "ecr:BatchGetImage"),
        Granted("Role/Pull", "ecr:ListImages"),
        Granted("Role/2", "ecr:Get*"),
    ] == list(granted(STANDING))


def test_policies_of_resources_and_endpoints_are_grants_too() -> None:
    """Each has the name of its owner. A statement of a trust policy is a grant of its own."""
    one = {"Statement": {"Effect": "Allow", "Action": "kms:*"}}
    endpoints = {Endpoint("vpc-1", "ecr.api"): Policy("EcrApi", one)}
    standing = PolicySet(own={"arn": Policy("Key", one)}, endpoints=endpoints)
    assert [Granted("Key/1", "kms:*"), Granted("EcrApi/1", "kms:*")] == list(granted(standing))


def test_needed_and_granted() -> None:
    """An allowed request names the statements that allowed it, each once."""
    (row,) = compare(STANDING, decided("ecr:BatchGetImage", "ecr:BatchGetImage")).granted
    assert Needed(ROLE, "ecr:BatchGetImage", REPOSITORY, "Role/Pull") == row


def test_needed_and_not_granted() -> None:
    """A refused request has the reason. A statement that denies is no grant."""
    unexpected, forbidden = compare(STANDING, decided("ecr:PutImage", "ecr:DeleteRepository")).refused[::-1]
    assert f"nothing allows {ROLE} ecr:PutImage on {REPOSITORY}" == unexpected.because
    assert f"Role/3 denies ecr:DeleteRepository on {REPOSITORY}" == forbidden.because


def test_granted_and_never_needed() -> None:
    """A grant is used by an allowed request that its statement decided, a pattern by any action that it covers."""
    unused = compare(STANDING, decided("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:PutImage")).unused
    assert (Granted("Role/Pull", "ecr:ListImages"),) == unused


def test_people_read_names() -> None:
    """ARNs are shortened to names; each row appears once."""
    found = compare(STANDING, decided("ecr:BatchGetImage", "ecr:PutImage"))
    shown = named(found._replace(granted=found.granted * 2))
    assert (Needed("role/orders", "ecr:BatchGetImage", "repository/team/orders", "Role/Pull"),) == shown.granted
    assert [("role/orders", "ecr:PutImage")] == [(row.principal, row.action) for row in shown.refused]
    assert (Granted("Role/Pull", "ecr:ListImages"), Granted("Role/2", "ecr:Get*")) == shown.unused


def test_a_resource_is_shown_by_its_name() -> None:
    """A role of a stack has a name in its template, and of its own statements the Sid is enough.

    A resource of another service with the same id is something else.
    """
    names = {"iam:orders": "Role", "codepipeline:orders": "Pipeline"}
    found = compare(STANDING, decided("ecr:BatchGetImage"))
    found = found._replace(unused=(Granted("stack/Role/2", "a:B"), Granted("other/Role/2", "a:B")))
    shown = named(found, lambda id_: names.get(id_, id_), stack="stack")
    assert (Needed("Role", "ecr:BatchGetImage", "repository/team/orders", "Pull"),) == shown.granted
    assert ["Role/2", "other/Role/2"] == [grant.statement for grant in shown.unused]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:logs:eu-central-1:111122223333:log-group:/ecr-pipeline/platform/main/Inspect:log-stream:1", "Logs"),
        ("arn:aws:logs:eu-central-1:111122223333:log-group:/ecr-pipeline/platform/main/Inspect:*", "Logs"),
        ("arn:aws:logs:eu-central-1:111122223333:log-group:/ecr-pipeline/platform/main/Other:*", ""),
        ("arn:aws:ecr:eu-central-1:111122223333:repository/team/orders", "Repository"),
        ("arn:aws:codebuild:eu-central-1:111122223333:project/ecr-pipeline-main-Inspect", "Project"),
        ("arn:aws:sns:eu-central-1:111122223333:mail", "Topic"),
        ("arn:aws:sqs:eu-central-1:111122223333:mail", "Queue"),
        ("arn:aws:kms:eu-central-1:111122223333:key/1234abcd", "Key"),
        ("arn:aws:s3:::artifacts", "Bucket"),
        ("arn:aws:s3:::artifacts/orders/Image/1", ""),
    ],
)
def test_each_kind_of_arn_leads_to_its_name(arn: str, name: str) -> None:
    """Wherever the physical id is in it, and whatever follows."""
    resources = [
        StackResource("one", "Logs", "AWS::Logs::LogGroup", "/ecr-pipeline/platform/main/Inspect"),
        StackResource("one", "Repository", "AWS::ECR::Repository", "team/orders"),
        StackResource("one", "Project", "AWS::CodeBuild::Project", "ecr-pipeline-main-Inspect"),
        StackResource("one", "Topic", "AWS::SNS::Topic", "arn:aws:sns:eu-central-1:111122223333:mail"),
        StackResource("one", "Queue", "AWS::SQS::Queue", "https://sqs.eu-central-1.amazonaws.com/111122223333/mail"),
        StackResource("one", "Key", "AWS::KMS::Key", "1234abcd"),
        StackResource("one", "Bucket", "AWS::S3::Bucket", "artifacts"),
        StackResource("one", "BucketPolicy", "AWS::S3::BucketPolicy", "artifacts"),
    ]
    for stack, prefix in (("one", ""), ("other", "one/")):
        found = names(resources, stack)
        needed = Needed("ecr.amazonaws.com", "a:B", arn, "why")
        shown = named(Permissions((needed,), (), ()), lambda id_, found=found: found.get(id_, id_))  # type: ignore[misc]
        expected = f"{prefix}{name}" if name else arn.split(":", 5)[-1]
        assert (Needed("ecr.amazonaws.com", "a:B", expected, "why"),) == shown.granted
