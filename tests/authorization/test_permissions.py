"""What was needed against what was granted."""

from __future__ import annotations

import pytest

from generator.authorization.decisions import Policy, Request
from generator.authorization.permissions import Decided, Granted, Needed, Permissions, compare, granted, text
from generator.authorization.policies import Endpoint, Standing
from generator.emulator.trial.deployment import Made, names

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
STANDING = Standing(identity={ROLE: (Policy("Role", {"Statement": [PULL, LOGIN, NEVER]}),)})


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
    """Each is called by what it belongs to; a statement of a trust policy stands for itself."""
    one = {"Statement": {"Effect": "Allow", "Action": "kms:*"}}
    endpoints = {Endpoint("vpc-1", "ecr.api"): Policy("EcrApi", one)}
    standing = Standing(own={"arn": Policy("Key", one)}, endpoints=endpoints)
    assert [Granted("Key/1", "kms:*"), Granted("EcrApi/1", "kms:*")] == list(granted(standing))


def test_needed_and_granted() -> None:
    """What was allowed names the statements that allowed it, each thing once."""
    (row,) = compare(STANDING, decided("ecr:BatchGetImage", "ecr:BatchGetImage")).granted
    assert Needed(ROLE, "ecr:BatchGetImage", REPOSITORY, "Role/Pull") == row


def test_needed_and_not_granted() -> None:
    """What was refused says why; a statement that denies is no grant."""
    unexpected, forbidden = compare(STANDING, decided("ecr:PutImage", "ecr:DeleteRepository")).refused[::-1]
    assert f"nothing allows {ROLE} ecr:PutImage on {REPOSITORY}" == unexpected.because
    assert f"Role/3 denies ecr:DeleteRepository on {REPOSITORY}" == forbidden.because


def test_granted_and_never_needed() -> None:
    """A grant is used by an allowed request that its statement decided, a pattern by any action that it covers."""
    unused = compare(STANDING, decided("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:PutImage")).unused
    assert (Granted("Role/Pull", "ecr:ListImages"),) == unused


def test_the_tables_are_read_in_a_terminal() -> None:
    """Three tables with their titles; of an ARN only what names the thing; an empty table says so."""
    assert (
        "Needed and granted\n"
        "  role/orders  ecr:BatchGetImage  Role/Pull  repository/team/orders\n"
        "\n"
        "Needed and not granted\n"
        "  none\n"
        "\n"
        "Granted and never needed\n"
        "  Role/Pull  ecr:ListImages\n"
        "  Role/2     ecr:Get*"
    ) == text(compare(STANDING, decided("ecr:BatchGetImage")))


def test_what_has_a_name_is_called_by_it() -> None:
    """A role of a stack has a name in its template, and of its own statements the Sid is enough.

    A resource of another service with the same id is something else.
    """
    names = {"iam:orders": "Role", "codepipeline:orders": "Pipeline"}
    told = text(compare(STANDING, decided("ecr:BatchGetImage")), lambda id_: names.get(id_, id_), stack="stack")
    assert "  Role  ecr:BatchGetImage  Pull  repository/team/orders\n" in told


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
    """However the physical id stands in it, and whatever comes after."""
    resources = [
        Made("one", "Logs", "AWS::Logs::LogGroup", "/ecr-pipeline/platform/main/Inspect"),
        Made("one", "Repository", "AWS::ECR::Repository", "team/orders"),
        Made("one", "Project", "AWS::CodeBuild::Project", "ecr-pipeline-main-Inspect"),
        Made("one", "Topic", "AWS::SNS::Topic", "arn:aws:sns:eu-central-1:111122223333:mail"),
        Made("one", "Queue", "AWS::SQS::Queue", "https://sqs.eu-central-1.amazonaws.com/111122223333/mail"),
        Made("one", "Key", "AWS::KMS::Key", "1234abcd"),
        Made("one", "Bucket", "AWS::S3::Bucket", "artifacts"),
        Made("one", "BucketPolicy", "AWS::S3::BucketPolicy", "artifacts"),
    ]
    for stack, prefix in (("one", ""), ("other", "one/")):
        found = names(resources, stack)
        needed = Needed("ecr.amazonaws.com", "a:B", arn, "why")
        table = text(Permissions((needed,), (), ()), lambda id_, found=found: found.get(id_, id_))  # type: ignore[misc]
        expected = f"{prefix}{name}" if name else arn.split(":", 5)[-1]
        assert f"  ecr.amazonaws.com  a:B  why  {expected}\n" in table
