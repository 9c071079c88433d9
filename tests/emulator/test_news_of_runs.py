"""The stack `notices`, all the way: from a push to the messages that mail and chat get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator import catalog
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial import deployment
from generator.publishing import render
from tests.emulator.people import Stack, deployed, pushed, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """pipeline-release with its notices."""
    with deployed("pipeline-release") as stack:
        notices(stack, "all")
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """With an approver who approves."""
    return standing.sound()


def notices(stack: Stack, choice: str) -> None:
    """The stack, created or changed."""
    given = {"PipelineName": stack.trial.pipeline, "Notices": choice, "NotificationEmail": "team@example.com"}
    deployment.deploy(stack.trial.cloud, "notices", render.to_dict(catalog.build("notices")), given)


def messages(stack: Stack, since: int) -> list[dict[str, Any]]:
    """The messages that the notifier has published since then."""
    return [
        dict(call.parameters)
        for call in stack.trial.cloud.calls[since:]
        if call.operation == "Publish" and call.parameters.get("MessageStructure") == "json"
    ]


def news(stack: Stack, since: int) -> list[str]:
    """The news, by the subjects."""
    return [each["Subject"].removeprefix(f"{stack.trial.pipeline} ") for each in messages(stack, since)]


def test_a_run_is_reported_from_its_start_to_its_end(stack: Stack) -> None:
    """The approval request precedes its answer; each message has the digest."""
    since = len(stack.trial.cloud.calls)
    seen: list[list[str]] = []

    def look() -> ApprovalDecision:
        seen.append(news(stack, since))
        return ApprovalDecision(approved=True)

    stack.approver.says = look
    push = pushed(stack, "good")
    assert "Succeeded" == run(push).status, run(push).failures
    assert [["started", "needs an approval"]] == seen
    assert ["started", "needs an approval", "succeeded"] == news(stack, since)
    for message in messages(stack, since):
        forms = json.loads(message["Message"])
        chat = json.loads(forms["https"])
        assert push.digest in forms["default"]
        assert push.digest in chat["content"]["description"]
        assert run(push).id == chat["metadata"]["threadId"]


def test_failures_are_reported(stack: Stack) -> None:
    """A refused approval, and findings that stop the run."""
    since = len(stack.trial.cloud.calls)
    stack.approver.says = lambda: ApprovalDecision(approved=False, summary="no")
    assert "Failed" == run(pushed(stack, "refused")).status
    image = sample(["linux/amd64"], "worse")
    assert "Failed" == run(stack.trial.push(image, "v1.0.0", scan=ImageScan(counts={"CRITICAL": 3}))).status
    assert ["started", "needs an approval", "failed", "started", "failed"] == news(stack, since)


def test_a_function_without_its_permission_says_nothing(stack: Stack) -> None:
    """The run is not held up by that."""
    since = len(stack.trial.cloud.calls)
    stack.trouble.denied = lambda call: "no" if call.operation == "GetPipelineExecution" else ""
    assert "Succeeded" == run(pushed(stack, "quiet")).status
    assert [] == news(stack, since)


def test_only_failures_are_reported_if_that_is_chosen(stack: Stack) -> None:
    """After an update of the stack."""
    notices(stack, "failures")
    since = len(stack.trial.cloud.calls)
    assert "Succeeded" == run(pushed(stack, "fine")).status
    stack.approver.says = lambda: ApprovalDecision(approved=False, summary="no")
    assert "Failed" == run(pushed(stack, "not fine")).status
    assert ["failed"] == news(stack, since)
