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
# CodePipeline's default is seven days, in which the stage admits no other run.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
TIMEOUT_MINUTES = 1440


def add_approval_timeout(template: Template) -> Ref:
    """The parameter for how long an approval waits."""
    return add_number(
        template,
        "ApprovalTimeoutMinutes",
        group="Approval",
        label="Wait for the approval (minutes)",
        description="Minutes until a run without an answer fails. Newer runs wait until then.",
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
    where: Ref | None,
    pushed_tag: str,
    timeout_minutes: Ref | int,
) -> Stage:
    """The Approval stage: it waits for a person. The message shows what would be deployed and what it would replace.

    The image that runs now comes from the record of the next stage, with the services or deployers that `where` lists.
    The pipeline's role already has the topic's key, which also encrypts artifacts.

    CodePipeline takes 1,000 characters, with the values of the variables: 159 are the text, 14 both numbers, 71 the
    digest, 128 the longest tag, 111 the release of the recorder, 40 SCAN_STATUS, 44 PLATFORMS. Of the other 433,
    Inspect divides what the name of its repository leaves between IMAGE_TAGS and EXCEPTIONS. The pushed tag comes last:
    only somebody who starts a run by hand can make it longer.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-action-add.html
    """
    there = f"{before.name.lower()} ({recorder.released})" if where else recorder.released
    message = (
        f"Repository {inspection.repository}. Digest {inspection.digest}. Tags: {inspection.tags}. "
        f"Platforms: {inspection.platforms}. "
        f"Findings: {inspection.critical} critical, {inspection.high} high (scan: {inspection.scan_status}). "
        f"Exceptions: {inspection.exceptions}. "
        f"It would replace in {there}. "
        f"Pushed, or typed by hand, as '{pushed_tag}'"
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
        actions=(recorder.read(before.name, where), *before.checks, ask),
        grants=(*recorder.run(), topic.publish("The approval request goes to the topic.")),
        only_if=before.only_if,
    )
