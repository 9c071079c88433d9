"""A platform that requires signatures: pipelines on it wait for the one of ECR's managed signing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.emulator.programs.images import sample
from generator.emulator.services.ecr import ImageSignatures
from tests.emulator.people import Stack, deployed, pushed, run

pytestmark = pytest.mark.slow

PROFILE = "arn:aws:signer:eu-west-1:123456789012:/signing-profiles/releases"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The smallest pipeline, on a platform that requires one of two profiles and does not wait long."""
    required = {"SigningProfiles": "hotfixes,releases", "ScanTimeoutSeconds": "30"}
    with deployed("pipeline-release", platform=required) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The same without trouble."""
    return standing.sound()


def say(stack: Stack, content: str, *answers: list[dict[str, str]]) -> None:
    """The results that ECR reports for the image with this content, call after call."""
    digest = sample(["linux/amd64"], content).digest
    stack.trial.cloud.memory(ImageSignatures).by_digest[digest] = list(answers)


def test_a_signed_image_is_released(stack: Stack) -> None:
    """The registry signs pushed images: Inspect waits for the signature, with the role of the platform."""
    stack.trial.cloud.client("ecr").put_signing_configuration(
        signingConfiguration={
            "rules": [
                {
                    "signingProfileArn": PROFILE,
                    "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD_MATCH"}],
                }
            ]
        }
    )
    say(stack, "signed late", [], [{"signingProfileArn": PROFILE, "status": "IN_PROGRESS"}],
        [{"signingProfileArn": PROFILE, "status": "COMPLETE"}])  # fmt: skip
    assert "Succeeded" == run(push := pushed(stack, "signed late")).status, run(push).failures
    assert "Succeeded" == run(push := pushed(stack, "signed by the rule of the registry")).status, run(push).failures
    granted = stack.trial.account.policies.permissions().granted
    assert any("ecr:DescribeImageSigningStatus" == row.action for row in granted)


def test_an_image_whose_signing_failed_is_stopped(stack: Stack) -> None:
    """There is no approval request."""
    reason = {"failureCode": "AccessDenied", "failureReason": "not authorized to perform signer:SignPayload"}
    say(stack, "not signed", [{"signingProfileArn": PROFILE, "status": "FAILED", **reason}])
    [failed] = run(pushed(stack, "not signed")).failures
    assert ("Inspect", True) == (failed.stage, "not authorized to perform signer:SignPayload" in failed.error)
    assert [] == stack.approver.requests
