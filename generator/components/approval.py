"""The approval: a person decides, with the facts in front of them."""

from __future__ import annotations

from troposphere import Template

from generator.components.inspection import Inspection
from generator.components.topic import Topic
from generator.parameters import add_number
from generator.stages import Stage, action

NAME = "Approval"
ACTION = "Approve"


def add_approval(template: Template, inspection: Inspection, topic: Topic, pushed_tag: str) -> Stage:
    """The Approval stage: it waits for a person, whom the topic tells what would be released.

    The message stays well under the 1,000 characters that CodePipeline takes.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
    """
    timeout = add_number(
        template,
        "ApprovalTimeoutMinutes",
        group="Approval",
        label="Wait for the approval (minutes)",
        description="A run that nobody approves in this time fails. 10080 minutes are a week.",
        default=10080,
        least=5,
        most=86400,
    )
    message = (
        f"Image {inspection.repository}, pushed as {pushed_tag}, all tags: {inspection.tags}. "
        f"Digest {inspection.digest}. Platforms: {inspection.platforms}. "
        f"Findings: {inspection.critical} critical, {inspection.high} high (scan: {inspection.scan_status}). "
        "Approve to release exactly this digest."
    )
    return Stage(
        name=NAME,
        actions=(
            action(
                ACTION,
                category="Approval",
                provider="Manual",
                configuration={"NotificationArn": topic.arn, "CustomData": message},
                timeout_minutes=timeout,
            ),
        ),
        grants=topic.publish("The approval asks through the topic."),
    )
