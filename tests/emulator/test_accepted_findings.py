"""Accepted findings, all the way: a list in the bucket of the platform, Inspect, the approval request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from generator.emulator.programs.images import sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.trial import Push
from tests.emulator.people import Stack, deployed, run

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::123456789012:role/security"
LATER, PAST = (str(datetime.now(timezone.utc).date() + timedelta(days=days)) for days in (30, -2))


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The smallest pipeline, on a platform where one role may accept findings."""
    with deployed("pipeline-release", platform={"AcceptingRoleArn": ROLE}) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline with an approver who approves."""
    return standing.sound()


def bucket(stack: Stack) -> str:
    """The name of the bucket of lists."""
    names = [each["Name"] for each in stack.trial.cloud.inside("s3").list_buckets()["Buckets"]]
    [found] = [name for name in names if "acceptedfindings" in name]
    return str(found)


def accept(stack: Stack, text: str) -> None:
    """A list for every repository."""
    s3 = stack.trial.cloud.inside("s3")
    s3.put_object(Bucket=bucket(stack), Key="every-repository.txt", Body=text, ServerSideEncryption="aws:kms")


def vulnerable(stack: Stack, content: str) -> Push:
    """A push of an image with a high finding, which the emulated scan calls SAMPLE-HIGH-1."""
    return stack.trial.push(sample(["linux/amd64"], content), "v1.0.0", scan=ImageScan(counts={"HIGH": 1}))


def test_an_accepted_finding_passes_and_is_shown_to_the_approver(stack: Stack) -> None:
    """Inspect reads the list with its own role; the pipeline is not changed."""
    accept(stack, f"SAMPLE-HIGH-1@{LATER} not reachable")
    execution = run(vulnerable(stack, "accepted"))
    assert "Succeeded" == execution.status, execution.failures
    [request] = stack.approver.requests
    assert (
        f"Findings: 0 critical, 0 high (scan: COMPLETE). Exceptions: 1 accepted (SAMPLE-HIGH-1@{LATER})."
        in request.text
    )


def test_an_expired_entry_stops_the_image(stack: Stack) -> None:
    """The message of the failed run names it."""
    accept(stack, f"SAMPLE-HIGH-1@{PAST} not reachable")
    [failed] = run(vulnerable(stack, "expired")).failures
    assert "Inspect" == failed.stage
    assert f"No longer accepted: SAMPLE-HIGH-1@{PAST}" in str(failed.error)
