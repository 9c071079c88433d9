"""The bucket of CodeArtifact behind the S3 endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from generator import render
from generator.blueprints.network import network
from generator.checks.assertions import broken
from generator.checks.values import problems
from generator.emulator.deployed import Stack

TEMPLATE = render.to_dict(network())
BUCKET = "arn:aws:s3:::assets-438097961670-eu-west-1"
ENDPOINTS = {"CreateCodeartifactApiEndpoint": "yes", "CreateCodeartifactRepositoriesEndpoint": "yes"}


def _passing(**parameters: str) -> list[dict[str, Any]]:
    """The statements of the S3 endpoint that say nothing of who asks."""
    stack = Stack(template=TEMPLATE, name="network", parameters=parameters)
    (endpoint,) = [each for title, each in stack.resources("AWS::EC2::VPCEndpoint") if title == "S3Endpoint"]
    return [each for each in endpoint["PolicyDocument"]["Statement"] if "Condition" not in each]


def _refused(**parameters: str) -> list[str]:
    defaults = {name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()}
    return [message for _, message in broken(TEMPLATE["Rules"], {**defaults, **parameters})]


def test_a_named_bucket_can_be_read_and_nothing_else() -> None:
    """CodeArtifact signs the addresses: whoever has one reads from that bucket, and lists, writes, deletes nothing."""
    layers, packages = _passing(CodeArtifactBucketArn=BUCKET, **ENDPOINTS)
    assert "starport" in str(layers["Resource"])
    assert (["s3:GetObject"], f"{BUCKET}/*") == (packages["Action"], packages["Resource"])


def test_without_a_bucket_the_endpoint_says_nothing_of_packages() -> None:
    """Who installs nothing from there, or Python packages alone, has no other door than before."""
    (layers,) = _passing()
    assert "starport" in str(layers["Resource"])


@pytest.mark.parametrize("missing", ENDPOINTS)
def test_a_bucket_without_both_endpoints_is_refused(missing: str) -> None:
    """No address comes from CodeArtifact where it cannot be asked: the message names the endpoint that is missing."""
    asked = {**ENDPOINTS, missing: "no"}
    assert [f"CodeArtifactBucketArn is given: choose yes for {missing}."] == _refused(
        CodeArtifactBucketArn=BUCKET, **asked
    )
    assert [] == _refused(CodeArtifactBucketArn=BUCKET, **ENDPOINTS)
    assert [] == _refused(**ENDPOINTS)


@pytest.mark.parametrize(
    "given", ["arn:aws:s3:::orders", f"{BUCKET}/*", "assets-438097961670-eu-west-1", "arn:aws:s3:::*"]
)
def test_no_other_bucket_can_be_typed(given: str) -> None:
    """A bucket that is not called as CodeArtifact's are, and a pattern, are no bucket of CodeArtifact."""
    declared = TEMPLATE["Parameters"]["CodeArtifactBucketArn"]
    assert [] == list(problems(declared, BUCKET))
    (told,) = problems(declared, given)
    assert "assets-438097961670-eu-west-1" in told
