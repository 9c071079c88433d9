"""The bucket of CodeArtifact behind the S3 endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from generator.blueprints.network import network
from generator.cloudformation.offline_stack import OfflineStack
from generator.cloudformation.parameter_types import problems
from generator.cloudformation.template_rules import broken
from generator.publishing import render

TEMPLATE = render.to_dict(network())
BUCKET = "arn:aws:s3:::assets-438097961670-eu-west-1"
ENDPOINTS = {"CreateCodeartifactApiEndpoint": "yes", "CreateCodeartifactRepositoriesEndpoint": "yes"}


def _passing(**parameters: str) -> list[dict[str, Any]]:
    """The statements of the S3 endpoint that apply to every principal."""
    stack = OfflineStack(template=TEMPLATE, name="network", parameters=parameters)
    (endpoint,) = [each for title, each in stack.resources("AWS::EC2::VPCEndpoint") if title == "S3Endpoint"]
    return [each for each in endpoint["PolicyDocument"]["Statement"] if "Condition" not in each]


def _refused(**parameters: str) -> list[str]:
    defaults = {name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()}
    return [message for _, message in broken(TEMPLATE["Rules"], {**defaults, **parameters})]


def test_a_named_bucket_can_be_read_and_nothing_else() -> None:
    """CodeArtifact signs the addresses: an address reads from that bucket, and lists, writes and deletes nothing."""
    layers, packages = _passing(CodeArtifactBucketArn=BUCKET, **ENDPOINTS)
    assert "starport" in str(layers["Resource"])
    assert (["s3:GetObject"], f"{BUCKET}/*") == (packages["Action"], packages["Resource"])


def test_without_a_bucket_no_packages_pass_the_endpoint() -> None:
    """Without the parameter there is no further statement."""
    (layers,) = _passing()
    assert "starport" in str(layers["Resource"])


@pytest.mark.parametrize("missing", ENDPOINTS)
def test_a_bucket_without_both_endpoints_is_refused(missing: str) -> None:
    """Addresses come from CodeArtifact itself: the message names the endpoint that is missing."""
    asked = {**ENDPOINTS, missing: "no"}
    assert [f"CodeArtifactBucketArn is set: choose yes for {missing}."] == _refused(
        CodeArtifactBucketArn=BUCKET, **asked
    )
    assert [] == _refused(CodeArtifactBucketArn=BUCKET, **ENDPOINTS)
    assert [] == _refused(**ENDPOINTS)


@pytest.mark.parametrize(
    "given", ["arn:aws:s3:::orders", f"{BUCKET}/*", "assets-438097961670-eu-west-1", "arn:aws:s3:::*"]
)
def test_another_bucket_is_refused(given: str) -> None:
    """A name that is not of the form of CodeArtifact's buckets, and a pattern."""
    declared = TEMPLATE["Parameters"]["CodeArtifactBucketArn"]
    assert [] == list(problems(declared, BUCKET))
    (problem,) = problems(declared, given)
    assert "assets-438097961670-eu-west-1" in problem
