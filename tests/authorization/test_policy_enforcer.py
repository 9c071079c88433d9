"""Calls that pass, and calls that do not."""

from __future__ import annotations

from typing import Any

import pytest

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.image_calls import PUSH
from generator.authorization.policy_enforcer import PolicyEnforcer, enforcer_of
from generator.cloudformation.offline_stack import OfflineStack

ROLE = "arn:aws:iam::111122223333:role/orders"
REPOSITORY = "arn:aws:ecr:eu-central-1:111122223333:repository/team/orders"
LAYERS = "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"
PULL = ("ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer")


def grant(resource: str, *actions: str) -> dict[str, Any]:
    """A statement that allows the actions."""
    return {"Sid": actions[0].partition(":")[2], "Effect": "Allow", "Action": list(actions), "Resource": resource}


def endpoint(service: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """An endpoint that lets the statements through."""
    document = {"Statement": [{**statement, "Principal": "*"} for statement in statements]}
    name = f"com.amazonaws.eu-central-1.{service}"
    properties = {"ServiceName": name, "VpcId": "vpc-1", "PolicyDocument": document}
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


LOGIN = grant("*", "ecr:GetAuthorizationToken")
PULLS = grant(REPOSITORY, *PULL)
ENDPOINTS = {
    "Api": endpoint("ecr.api", LOGIN, grant(REPOSITORY, "ecr:DescribeImages")),
    "Dkr": endpoint("ecr.dkr", PULLS),
    "S3": endpoint("s3", grant(LAYERS, "s3:GetObject")),
}


SOME_S3 = {"S3": endpoint("s3", grant("arn:aws:s3:::artifacts/*", "s3:GetObject"))}


def enforcer(*statements: dict[str, Any], endpoints: dict[str, Any] | None = None) -> PolicyEnforcer:
    """The enforcer of a stack with a build in a VPC, whose role has the statements."""
    return enforcer_of(stack(*statements, endpoints=endpoints))


def stack(*statements: dict[str, Any], endpoints: dict[str, Any] | None = None) -> OfflineStack:
    """A stack with a build in a VPC, whose role has the statements."""
    network = {"VpcId": "vpc-1", "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    build = {
        "Name": "inspect",
        "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]},
        "VpcConfig": network,
        "Source": {},
        "Environment": {},
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "RoleName": "orders",
        "Policies": [{"PolicyDocument": {"Statement": list(statements)}}],
        "AssumeRolePolicyDocument": {"Statement": [trust]},
    }
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Project": {"Type": "AWS::CodeBuild::Project", "Properties": build},
    }
    return OfflineStack(template={"Resources": {**resources, **(endpoints or {})}}, name="orders")


def call(operation: str, where: str = "", role: str = ROLE, **parameters: Any) -> ServiceCall:
    """A call of ECR, for the repository."""
    named = {"repositoryName": "team/orders", **parameters}
    return ServiceCall("ecr", operation, named, role, where)


def test_a_granted_call_passes() -> None:
    """A call that every request is allowed for gets no answer, and leaves its decisions."""
    asked = enforcer(PULLS)
    assert "" == asked(call("BatchGetImage"))
    assert [("ecr:BatchGetImage", True)] == [(each.request.action, each.decision.allowed) for each in asked.decided]


def test_a_call_that_is_not_granted_is_refused_with_the_reasons() -> None:
    """Every refused request is reported."""
    said = enforcer(grant(REPOSITORY, "ecr:DescribeImageScanFindings"))(call("DescribeImageScanFindings"))
    assert (
        f"nothing allows {ROLE} inspector2:ListCoverage on *; nothing allows {ROLE} inspector2:ListFindings on *"
        == said
    )


def test_calls_of_the_user_who_deploys_are_allowed() -> None:
    """Calls without a role pass, and are no evidence."""
    asked = enforcer()
    assert "" == asked(call("BatchGetImage", role=""))
    assert [] == asked.decided


def test_an_unknown_call_is_refused() -> None:
    """A call that is missing from the table is never allowed, and is listed among the refused ones."""
    asked = enforcer(grant("*", "ecr:*"))
    said = asked(call("DeleteRepository"))
    assert said.startswith("ecr:DeleteRepository is not known: look up the IAM actions")
    assert [("ecr:DeleteRepository", said)] == [(row.action, row.because) for row in asked.permissions().refused]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("api.ecr.eu-central-1.amazonaws.com", "Api does not let ecr:BatchGetImage"),
        ("111122223333.dkr.ecr.eu-central-1.amazonaws.com", ""),
        ("127.0.0.1:5000", "Api does not let ecr:BatchGetImage"),
        ("", ""),
    ],
)
def test_a_build_calls_through_the_endpoints(where: str, said: str) -> None:
    """A call of a build in the VPC must be allowed by the endpoint of its host."""
    assert enforcer(PULLS, endpoints=ENDPOINTS)(call("BatchGetImage", where)).startswith(said)


def test_a_service_without_an_endpoint_is_not_reached() -> None:
    """Where the stack makes endpoints, a build reaches nothing else."""
    build = enforcer(grant("*", "logs:*"), endpoints=ENDPOINTS)
    log = ServiceCall("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"}, ROLE, "logs")
    assert "logs:PutLogEvents finds no endpoint logs" == build(log)
    assert "" == enforcer(grant("*", "logs:*"))(log)
    assert "" == enforcer(grant("*", "logs:*"), endpoints={"S3": ENDPOINTS["S3"]})(log)


def test_roles_outside_of_the_vpc_use_no_endpoint() -> None:
    """A function or a pipeline is not in the network of the builds."""
    asked = enforcer(PULLS, endpoints=ENDPOINTS)
    said = asked(call("BatchGetImage", "api.ecr", role=f"{ROLE}-other"))
    assert said.startswith("nothing allows")


def test_calls_of_a_service_use_no_endpoint() -> None:
    """ECR asks Inspector inside AWS: no endpoint is needed for that."""
    findings = grant(REPOSITORY, "ecr:DescribeImageScanFindings")
    inspector = grant("*", "inspector2:ListCoverage", "inspector2:ListFindings")
    build = enforcer(findings, inspector, endpoints={"Api": endpoint("ecr.api", findings)})
    assert "" == build(call("DescribeImageScanFindings", "api.ecr"))


def test_an_image_is_pushed_and_signed() -> None:
    """A push needs the login, the operations on the repository, and the profile of a registry that signs."""
    profile = "arn:aws:signer:eu-central-1:111122223333:/signing-profiles/images"
    pushes = grant(REPOSITORY, *(operation for operation, _ in PUSH.operations))
    assert "" == enforcer(LOGIN, pushes).push(ROLE, "team/orders")
    assert "ecr:PutImage" in enforcer(LOGIN).push(ROLE, "team/orders")
    assert "signer:SignPayload" in enforcer(LOGIN, pushes).push(ROLE, "team/orders", profile)
    assert "" == enforcer(LOGIN, pushes, grant(profile, "signer:SignPayload")).push(ROLE, "team/orders", profile)


def test_an_image_is_pulled_through_three_endpoints() -> None:
    """Login through ecr.api, manifests through ecr.dkr, layers through S3: each must allow it."""
    assert "" == enforcer(LOGIN, PULLS, endpoints=ENDPOINTS).pull(ROLE, "team/orders")
    assert "" == enforcer(LOGIN, PULLS).pull(ROLE, "team/orders")
    assert enforcer(PULLS, endpoints=ENDPOINTS).pull(ROLE, "team/orders").startswith("nothing allows")
    for missing in ENDPOINTS:
        rest = {name: each for name, each in ENDPOINTS.items() if name != missing}
        refused = enforcer(LOGIN, PULLS, endpoints=rest).pull(ROLE, "team/orders")
        assert bool(refused) == (missing != "S3")  # without one of the stack, an existing S3 endpoint is used
    blocked = {**ENDPOINTS, "S3": endpoint("s3", grant("arn:aws:s3:::artifacts/*", "s3:GetObject"))}
    assert "S3 does not let s3:GetObject" in enforcer(LOGIN, PULLS, endpoints=blocked).pull(ROLE, "team/orders")


def test_packages_come_through_two_endpoints() -> None:
    """A package manager calls the host of the domain; files of most formats come from CodeArtifact's bucket in S3."""
    repository = "arn:aws:codeartifact:eu-central-1:111122223333:repository/example/shop"
    reads = grant(repository, "codeartifact:ReadFromRepository")
    bucket = "arn:aws:s3:::assets-438097961670-eu-west-1"
    files = {**grant(f"{bucket}/*", "s3:GetObject"), "Principal": "*"}
    ways = {"Packages": endpoint("codeartifact.repositories", reads), "S3": endpoint("s3", files)}
    names = {"domain": "example", "repository": "shop"}
    host = "example-111122223333.d.codeartifact.eu-central-1.amazonaws.com"

    def read(endpoints: dict[str, Any], **more: str) -> str:
        asked = ServiceCall("codeartifact", "ReadFromRepository", {**names, **more}, ROLE, host)
        return enforcer(reads, endpoints=endpoints)(asked)

    assert "" == read(ways) == read(ways, s3BucketArn=bucket)
    assert "finds no endpoint codeartifact.repositories" in read(
        {"Api": endpoint("codeartifact.api", reads), **SOME_S3}
    )
    assert "" == read({**ways, **SOME_S3})
    assert "S3 does not let s3:GetObject" in read({**ways, **SOME_S3}, s3BucketArn=bucket)


def test_a_run_is_played() -> None:
    """All that services do with the roles of the stack and for themselves is decided, and makes the tables."""
    log = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/codebuild/inspect:*"
    orders = stack(grant(log, "logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"))
    run = enforcer_of(orders)
    run.play(orders, lambda _: {})
    found = run.permissions()
    assert {"logs:CreateLogStream", "logs:PutLogEvents", "sts:AssumeRole"} == {row.action for row in found.granted}
    assert {"ec2"} == {row.action.partition(":")[0] for row in found.refused}
    assert [("Role/CreateLogStream", "logs:CreateLogGroup")] == list(found.unused)
