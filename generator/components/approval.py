"""The approval: a person decides, with the facts in front of them."""

from __future__ import annotations

from troposphere import Template

from generator.components.inspection import Inspection
from generator.components.record import Recorder
from generator.components.topic import Topic
from generator.parameters import add_number
from generator.stages import Stage, action

NAME = "Approval"
ACTION = "Approve"


def add_approval(
    template: Template,
    inspection: Inspection,
    recorder: Recorder,
    topic: Topic,
    *,
    before: Stage,
    pushed_tag: str,
) -> Stage:
    """The Approval stage: it waits for a person, whom the topic tells what would be released and what it would replace.

    The record of the stage that it stands before tells what runs. The message stays well under the 1,000
    characters that CodePipeline takes.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
    """
    timeout = add_number(
        template,
        "ApprovalTimeoutMinutes",
        group="Approval",
        label="Wait for the approval (minutes)",
        description="A run that nobody answers in this time fails; until then it holds up the newer ones.",
        default=1440,
        least=5,
        most=86400,
    )
    message = (
        f"Repository {inspection.repository}. Digest {inspection.digest}. Tags: {inspection.tags}. "
        f"Platforms: {inspection.platforms}. "
        f"Findings: {inspection.critical} critical, {inspection.high} high (scan: {inspection.scan_status}). "
        f"It would replace in {before.name.lower()}: {recorder.released}. "
        f"Pushed, or typed at a start by hand, as '{pushed_tag}'"
    )
    ask = action(
        ACTION,
        category="Approval",
        provider="Manual",
        configuration={"NotificationArn": topic.arn, "CustomData": message},
        timeout_minutes=timeout,
        run_order=2,
    )
    return Stage(
        name=NAME,
        actions=(recorder.read(before.name), ask),
        grants=(*recorder.run(), *topic.publish("The approval asks through the topic.")),
        only_if=before.only_if,
    )
