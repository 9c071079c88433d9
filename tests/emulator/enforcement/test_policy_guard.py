"""The deployed policies decide how far a run gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from generator import catalog
from generator.authorization.permissions import Permissions
from generator.emulator.programs.images import sample
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.trial import trial
from generator.model.script import script_text
from generator.publishing import render
from tests.emulator.people import APPROVED, PARAMS

pytestmark = pytest.mark.slow

Body = dict[str, Any]


def ran(body: Body) -> tuple[Execution, Permissions]:
    """The run of a push to a stack of the template, which has its own network, and the permissions that it needed."""
    entries = json.loads((PARAMS / "standalone.dev.json").read_text(encoding="utf-8"))
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in entries}
    tag = parameters["ImageTagPattern"].replace("*", "1")
    with trial(
        body, parameters, approver=lambda _: APPROVED, stack="orders", progress=lambda _: None, patience=10
    ) as tried:
        push = tried.push(sample(["linux/amd64"], "in force"), tag, scan=ImageScan())
        assert push.execution, push.deliveries
        return push.execution, tried.account.policies.permissions()


def template() -> Body:
    """The template, to be damaged."""
    return json.loads(json.dumps(render.to_dict(catalog.build("standalone"))))  # type: ignore[no-any-return]


def drop(body: Body, resource: str, word: str) -> None:
    """Take the statements with this word out of a role's or an endpoint's policy."""
    properties = body["Resources"][resource]["Properties"]
    [document] = [each["PolicyDocument"] for each in properties.get("Policies", [properties])]
    kept = [each for each in document["Statement"] if word not in json.dumps(each)]
    assert kept != document["Statement"]
    document["Statement"] = kept


def deny(body: Body, policy: str, action: str, document: str = "PolicyDocument") -> None:
    """Add a statement to the policy of a resource that denies every role the action, but not AWS's services."""
    roles = {"StringLike": {"aws:PrincipalArn": "*"}}
    refusal = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": roles}
    body["Resources"][policy]["Properties"][document]["Statement"].append(refusal)


def bound(body: Body) -> None:
    """Bound every role by a policy that leaves out the writing of parameters."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Most", "Effect": "Allow", "NotAction": "ssm:PutParameter", "Resource": "*"}],
    }
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    body["Resources"]["Boundary"] = policy
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            resource["Properties"]["PermissionsBoundary"] = {"Ref": "Boundary"}


def mistrust(body: Body, role: str) -> None:
    """Let a role be assumed by another service than the one that is to have it."""
    [statement] = body["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"Service": "ec2.amazonaws.com"}


def test_a_run_needs_nothing_that_is_not_granted() -> None:
    """Nothing is refused, and the calls of builds, of functions and of AWS's services are all recorded as needed."""
    execution, permissions = ran(template())
    assert ("Succeeded", ()) == (execution.status, permissions.refused)
    needed = {
        (row.principal.split("/")[-1].split("-")[-2], row.action)
        for row in permissions.granted
        if row.principal.startswith("arn:")
    }
    for each in (
        ("InspectRole", "ecr:DescribeImageScanFindings"),
        ("InspectRole", "ec2:CreateNetworkInterfacePermission"),
        ("PipelineRole", "codebuild:StartBuild"),
        ("RecorderRole", "ssm:PutParameter"),
        ("EventsRole", "codepipeline:StartPipelineExecution"),
    ):
        assert each in needed


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda body: drop(body, "InspectRole", "ecr:BatchGetImage"), "nothing allows"),
        (lambda body: drop(body, "RecorderRole", "ssm:PutParameter"), "nothing allows"),
        (
            lambda body: drop(body, "S3Endpoint", "starport"),
            "S3Endpoint does not let s3:GetObject on arn:aws:s3:::prod-",
        ),
        (
            lambda body: drop(body, "EcrApiEndpoint", "ecr:DescribeImages"),
            "EcrApiEndpoint does not let ecr:DescribeImages",
        ),
        (lambda body: deny(body, "ArtifactBucketPolicy", "s3:PutObject"), "ArtifactBucket/No denies s3:PutObject"),
        (lambda body: deny(body, "Key", "kms:GenerateDataKey", "KeyPolicy"), "Key/No denies kms:GenerateDataKey"),
        (lambda body: deny(body, "NotificationTopicPolicy", "sns:Publish"), "NotificationTopic/No denies sns:Publish"),
        (bound, "bounds"),
        (lambda body: mistrust(body, "InspectRole"), "nothing allows codebuild.amazonaws.com sts:AssumeRole"),
        (lambda body: mistrust(body, "RecorderRole"), "nothing allows lambda.amazonaws.com sts:AssumeRole"),
    ],
)
def test_a_missing_permission_fails_the_run(damage: Callable[[Body], None], why: str) -> None:
    """By the role, by whom it trusts, its boundary, the key, bucket or topic, or the endpoint on the way."""
    body = template()
    damage(body)
    execution, permissions = ran(body)
    assert "Failed" == execution.status
    assert any(why in row.because for row in permissions.refused), permissions.refused


def test_a_call_without_permissions_also_needs_an_endpoint() -> None:
    """Everybody may call GetCallerIdentity, but a build in the network cannot reach it."""
    body = template()
    [title] = [name for name, each in body["Resources"].items() if each["Type"] == "AWS::CodeBuild::Project"]
    source = body["Resources"][title]["Properties"]["Source"]
    spec = yaml.safe_load(script_text(source["BuildSpec"]) or "")
    first = next(iter(spec["phases"].values()))
    first["commands"].insert(0, "aws sts get-caller-identity")
    source["BuildSpec"] = json.dumps(spec)
    execution, permissions = ran(body)
    assert "Failed" == execution.status
    assert {"sts:GetCallerIdentity finds no endpoint sts"} == {row.because for row in permissions.refused}


def test_a_policy_that_is_not_evaluated_here_is_reported() -> None:
    """It is not passed over, and no error of ours."""
    body = template()
    named = {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*"}
    body["Resources"]["ArtifactBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"].append(named)
    execution, permissions = ran(body)
    assert "Failed" == execution.status
    assert {"a policy that is not evaluated here: NotPrincipal"} == {row.because for row in permissions.refused}


def test_an_endpoint_that_does_not_exist_is_not_reached() -> None:
    """Where the stack makes endpoints, builds reach nothing else."""
    body = template()
    del body["Resources"]["EcrDkrEndpoint"]
    execution, permissions = ran(body)
    assert "Failed" == execution.status
    assert {"ecr:BatchGetImage finds no endpoint ecr.dkr"} == {row.because for row in permissions.refused}
