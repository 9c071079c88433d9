"""A push from end to end: from the event to the record, in an emulated AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.runs.pipeline_run import ActionResult
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.trial import Push
from tests.emulator.people import APPROVED, Stack, deployed

pytestmark = pytest.mark.slow

STAGES = ["Source", "Inspect", "Approval", "Release"]
CLEAN = ImageScan()


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The smallest pipeline, deployed once for all tests of this file."""
    with deployed("pipeline-release") as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    return standing.sound()


def ended(push: Push) -> str:
    """How the run ended."""
    assert push.execution is not None, push.deliveries
    return push.execution.status


def failure(push: Push) -> ActionResult:
    """The only action that failed."""
    assert push.execution is not None, push.deliveries
    [failed] = push.execution.failures
    return failed


def released(stack: Stack) -> dict[str, Any]:
    """The last record."""
    name = "/ecr-pipeline/orders/release/release"
    return dict(json.loads(stack.trial.cloud.inside("ssm").get_parameter(Name=name)["Parameter"]["Value"]))


def test_a_push_of_a_matching_tag_runs_to_the_end(stack: Stack) -> None:
    """Every stage succeeds, and exactly the pushed digest is released."""
    image = sample(["linux/amd64"], "runs to the end")
    push = stack.trial.push(image, "v1.4.2", scan=CLEAN)
    assert "Succeeded" == ended(push)
    assert push.execution is not None
    assert STAGES == push.execution.succeeded
    assert (image.digest, "v1.4.2") == (released(stack)["digest"], released(stack)["tags"])


def test_the_approver_reads_what_is_approved(stack: Stack) -> None:
    """The message names repository, digest, tag, platform and findings, and is sent as AWS documents it."""
    image = sample(["linux/amd64"], "is read about")
    before = len(stack.trial.cloud.calls)
    stack.trial.push(image, "v1.4.3", scan=ImageScan(counts={"LOW": 4}))
    [request] = stack.approver.requests
    for fact in ("team/orders", image.digest, "v1.4.3", "linux/amd64", "0 critical, 0 high (scan: COMPLETE)"):
        assert fact in request.text
    [sent] = [call for call in stack.trial.cloud.calls[before:] if call.operation == "Publish"]
    approval = json.loads(sent.parameters["Message"])["approval"]
    assert (request.text, request.token) == (approval["customData"], approval["token"])
    assert (request.pipeline, "Approval", "Approve") == tuple(
        approval[key] for key in ("pipelineName", "stageName", "actionName")
    )


def test_the_next_approver_reads_what_would_be_replaced(stack: Stack) -> None:
    """The record of the run before is in the message."""
    first = sample(["linux/amd64"], "comes first")
    stack.trial.push(first, "v2.0.0", scan=CLEAN)
    stack.trial.push(sample(["linux/amd64"], "comes second"), "v2.0.1", scan=CLEAN)
    assert f"v2.0.0 {first.digest}" in stack.approver.requests[-1].text


def test_an_image_of_several_platforms_is_one_run(stack: Stack) -> None:
    """Each manifest is pushed separately, and only the index has a tag: it starts a run for all platforms."""
    image = sample(["linux/amd64", "linux/arm64"], "several")
    push = stack.trial.push(image, "v3.0.0", scan=CLEAN)
    assert "Succeeded" == ended(push)
    assert 1 == len([delivery for delivery in push.deliveries if delivery.result])
    assert image.digest == released(stack)["digest"]
    assert "Platforms: linux/amd64 linux/arm64." in stack.approver.requests[-1].text


def test_a_tag_that_moves_meanwhile_changes_nothing(stack: Stack) -> None:
    """During the approval the tag moves to another image: the image in the approval message is released."""
    first, other = (sample(["linux/amd64"], content) for content in ("read about", "sneaked in"))

    def move_the_tag() -> ApprovalDecision:
        stack.trial.cloud.inside("ecr").put_image(
            repositoryName="team/orders",
            imageManifest=other.manifest.decode(),
            imageManifestMediaType=other.media_type,
            imageDigest=other.digest,
            imageTag="v4.0.0",
        )
        return APPROVED

    stack.approver.says = move_the_tag
    assert "Succeeded" == ended(stack.trial.push(first, "v4.0.0", scan=CLEAN))
    assert first.digest == released(stack)["digest"]


@pytest.mark.parametrize(
    ("tag", "more", "why"),
    [
        ("latest", {}, 'detail.image-tag: given "latest", the pattern takes {"wildcard": "v*"}'),
        ("", {}, 'detail.image-tag: given "", the pattern takes {"wildcard": "v*"}'),
        ("v1", {"repository": "team/other"}, 'given "team/other", the pattern takes "team/orders"'),
        ("v1", {"failing": True}, 'detail.result: given "FAILURE", the pattern takes "SUCCESS"'),
    ],
    ids=["another tag", "no tag", "another repository", "a failed push"],
)
def test_other_events_start_nothing_and_the_reason_is_shown(
    stack: Stack, tag: str, more: dict[str, Any], why: str
) -> None:
    """The rule of the pipeline matches the events that it is for, and no others."""
    push = stack.trial.push(sample(["linux/amd64"], "nothing starts"), tag, scan=CLEAN, **more)
    assert push.execution is None
    [missed] = {delivery.why for delivery in push.deliveries if stack.trial.starts_runs(delivery.rule)}
    assert why in missed


def test_a_deletion_starts_nothing(stack: Stack) -> None:
    """It has the same type of event as a push."""
    push = stack.trial.delete(sample(["linux/amd64"], "gone"), "v1.4.2")
    assert push.execution is None
    assert any('detail.action-type: given "DELETE", the pattern takes "PUSH"' in each.why for each in push.deliveries)


def test_the_tag_that_a_run_sets_starts_nothing(stack: Stack) -> None:
    """A released image gets one of the pipeline's own tags. The rule sees its event and does not match."""
    stack.trial.echoes.clear()
    image = sample(["linux/amd64"], "tagged")
    stack.trial.push(image, "v5.0.0", scan=CLEAN)
    details = stack.trial.cloud.inside("ecr").describe_images(
        repositoryName="team/orders", imageIds=[{"imageTag": "_release"}]
    )["imageDetails"]
    assert [image.digest] == [each["imageDigest"] for each in details]
    echoes = [delivery for delivery in stack.trial.echoes if stack.trial.starts_runs(delivery.rule)]
    assert [""] == [delivery.target for delivery in echoes]
    assert 'given "_release"' in echoes[0].why


def test_findings_over_the_threshold_stop_the_run(stack: Stack) -> None:
    """The run ends in Inspect with the numbers of findings and their limits, and no approval is requested."""
    push = stack.trial.push(sample(["linux/amd64"], "vulnerable"), "v6.0.0", scan=ImageScan(counts={"CRITICAL": 2}))
    assert "Inspect" == failure(push).stage
    assert "2 critical (limit 0)" in failure(push).error
    assert "SAMPLE-CRITICAL-1" in failure(push).error
    assert [] == stack.approver.requests


def test_the_worst_platform_counts(stack: Stack) -> None:
    """An index is stopped by findings in its images."""
    image = sample(["linux/amd64", "linux/arm64"], "vulnerable too")
    assert (
        "2 high findings (limit 0)"
        in failure(stack.trial.push(image, "v6.1.0", scan=ImageScan(counts={"HIGH": 2}))).error
    )


def test_an_image_that_cannot_be_scanned_is_stopped(stack: Stack) -> None:
    """Without a result there is nothing to approve."""
    push = stack.trial.push(
        sample(["linux/amd64"], "not scanned"), "v6.2.0", scan=ImageScan(status="UNSUPPORTED_IMAGE")
    )
    assert "No scan of linux/amd64 (UNSUPPORTED_IMAGE)" in failure(push).error


def test_a_rejection_stops_the_run_and_is_reported(stack: Stack) -> None:
    """Nothing is released, and subscribers are notified of the failed run."""
    stack.trial.push(sample(["linux/amd64"], "approved before"), "v7.0.0", scan=CLEAN)
    before, calls = released(stack), len(stack.trial.cloud.calls)
    stack.approver.says = lambda: ApprovalDecision(approved=False, summary="not on a Friday")
    push = stack.trial.push(sample(["linux/amd64"], "rejected"), "v7.0.1", scan=CLEAN)
    assert ("Approval", "rejected: not on a Friday") == (failure(push).stage, failure(push).error)
    assert before == released(stack)
    assert push.execution is not None
    told = [call.parameters["Message"] for call in stack.trial.cloud.calls[calls:] if call.operation == "Publish"][-1]
    assert f"Run {push.execution.id} of pipeline {push.execution.pipeline['name']}: FAILED" in told


def test_without_an_answer_the_run_fails(stack: Stack) -> None:
    """The time limit is the one of the parameters."""
    stack.approver.says = lambda: None
    push = stack.trial.push(sample(["linux/amd64"], "forgotten"), "v7.1.0", scan=CLEAN)
    assert "nobody answered in 2880 minutes" == failure(push).error


def test_a_push_that_cannot_be_delivered_is_not_lost(stack: Stack) -> None:
    """An event that EventBridge may not deliver is in the queue, with the request that would have started the run."""

    def refuse(call: Call) -> str:
        return "not today" if call.operation == "StartPipelineExecution" else ""

    stack.trouble.denied = refuse
    image = sample(["linux/amd64"], "lost")
    push = stack.trial.push(image, "v8.0.0", scan=CLEAN)
    assert push.execution is None
    assert "not today" in "".join(delivery.why for delivery in push.deliveries if delivery.target)
    sqs = stack.trial.cloud.inside("sqs")
    [queue] = sqs.list_queues()["QueueUrls"]
    [message] = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert image.digest == json.loads(message["Body"])["sourceRevisions"][0]["revisionValue"]
    sqs.purge_queue(QueueUrl=queue)


def test_a_build_leaves_nothing_in_the_network(stack: Stack) -> None:
    """The interface of a build is deleted at its end."""
    ec2 = stack.trial.cloud.inside("ec2")

    def interfaces() -> set[str]:
        return {each["NetworkInterfaceId"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]}

    before, calls = interfaces(), len(stack.trial.cloud.calls)
    stack.trial.push(sample(["linux/amd64"], "leaves nothing"), "v9.0.0", scan=CLEAN)
    assert "CreateNetworkInterface" in {call.operation for call in stack.trial.cloud.calls[calls:]}
    assert before == interfaces()
