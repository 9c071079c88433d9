"""The approval: a person decides, with the facts in front of them."""

from __future__ import annotations

from troposphere import Ref, Template

from generator.components.inspection import Inspection
from generator.components.record import Recorder
from generator.components.topic import Topic
from generator.model.parameters import add_number
from generator.model.stages import Stage, action

NAME = "Approval"
ACTION = "Approve"
TIMEOUT_MINUTES = 1440


def add_approval_timeout(template: Template) -> Ref:
    """The parameter for how long an approval waits."""
    return add_number(
        template,
        "ApprovalTimeoutMinutes",
        group="Approval",
        label="Wait for the approval (minutes)",
        description="A run without an answer fails after this time. Until then newer runs wait.",
        default=TIMEOUT_MINUTES,
        least=5,
        most=86400,
    )


def approval(
    inspection: Inspection,
    recorder: Recorder,
    topic: Topic,
    *,
    before: Stage,
    pushed_tag: str,
    timeout_minutes: Ref | int,
) -> Stage:
    """The Approval stage: it waits for a person. The message shows what would be deployed and what it would replace.

    What runs now comes from the record of the next stage. The role of the pipeline has the key of the topic already,
    as the key of artifacts. CodePipeline takes messages of up to 1,000 characters.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
    """
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
        timeout_minutes=timeout_minutes,
        run_order=2,
    )
    return Stage(
        name=NAME,
        actions=(recorder.read(before.name), ask),
        grants=(*recorder.run(), topic.publish("The approval request goes to the topic.")),
        only_if=before.only_if,
    )
