"""Notices of findings: rules for the events of scans, since ECR and Inspector publish no metric to alarm on."""

from __future__ import annotations

from typing import Any

from troposphere import Equals, If, Not, NoValue, Sub, Template
from troposphere.events import InputTransformer, Rule, Target

from generator.components.repository import Repository
from generator.components.topic import Topic
from generator.model.arn import arn
from generator.model.grants import ServiceRole, add_service_role, trust
from generator.model.parameters import add_choice, add_condition

GROUP = "Scanning"
SOME = [{"numeric": [">", 0]}]
# Inspector's statuses of an image that is or was scanned as configured, or is deleted: none of them is a failure.
# https://docs.aws.amazon.com/inspector/v2/APIReference/API_ScanStatus.html
NO_FAILURE = [
    "EXCLUDED_BY_TAG",
    "IMAGE_ARCHIVED",
    "PENDING_DISABLE",
    "PENDING_INITIAL_SCAN",
    "PENDING_REVIVAL_SCAN",
    "RESOURCE_TERMINATED",
    "SCAN_ELIGIBILITY_EXPIRED",
    "SCAN_FREQUENCY_MANUAL",
    "SCAN_FREQUENCY_SCAN_ON_PUSH",
    "SCAN_IN_PROGRESS",
    "SUCCESSFUL",
]


def add_finding_notices(template: Template, repository: Repository, topic: Topic) -> None:
    """Rules that notify the topic of scans with findings of the chosen severity or worse, and of scans that failed.

    Basic and enhanced scanning send different events: there are rules for both, because the type is set for the whole
    registry, and may change.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-events.html
    """
    severity = add_choice(
        template,
        "NotifySeverity",
        group=GROUP,
        label="Minimum severity to report",
        description="Findings of this severity or worse are reported.",
        choices=("CRITICAL", "HIGH", "MEDIUM"),
    )
    from_high = add_condition(template, "NotifyHigh", Not(Equals(severity, "CRITICAL")))
    from_medium = add_condition(template, "NotifyMedium", Equals(severity, "MEDIUM"))
    role = add_service_role(
        template,
        "NoticesRole",
        trusted=trust("events.amazonaws.com", arn("events", "rule/*")),
        grants=(topic.publish("The topic announces findings and failed scans."), topic.key.publish()),
    )
    images = [{"prefix": Sub("${Repository.Arn}/sha256:")}]  # how Inspector names an image

    def notify(title: str, pattern: dict[str, Any], paths: dict[str, str], message: str) -> None:
        template.add_resource(Rule(title, EventPattern=pattern, Targets=[_topic(topic, role, paths, message)]))

    # Basic scanning names the repository, enhanced scanning its ARN, in a field of the same name.
    notify(
        "ScanNotice",
        {
            "source": ["aws.ecr", "aws.inspector2"],
            "detail-type": ["ECR Image Scan", "Inspector2 Scan"],
            "detail": {
                "repository-name": [repository.name, repository.arn],
                # EventBridge takes $or for a field's name when it has fewer than two members.
                "finding-severity-counts": If(
                    from_high,
                    {"$or": [{"CRITICAL": SOME}, {"HIGH": SOME}, If(from_medium, {"MEDIUM": SOME}, NoValue)]},
                    {"CRITICAL": SOME},
                ),
            },
        },
        # The event has no key for a severity without findings. EventBridge then leaves the variable out of the text.
        {"repository": "$.detail.repository-name", "digest": "$.detail.image-digest", "tags": "$.detail.image-tags"}
        | {level.lower(): f"$.detail.finding-severity-counts.{level}" for level in ("CRITICAL", "HIGH", "MEDIUM")},
        "Findings in <repository>@<digest>, tags <tags>: "
        "critical <critical>, high <high>, medium <medium>. A severity without a number has none.",
    )
    # Later findings, in images that were clean when they were pushed, come one by one.
    notify(
        "FindingNotice",
        {
            "source": ["aws.inspector2"],
            "detail-type": ["Inspector2 Finding"],
            "resources": images,
            "detail": {
                # Inspector sends the same type of event when it closes a finding.
                # https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-finding
                "status": ["ACTIVE"],
                "severity": ["CRITICAL", If(from_high, "HIGH", NoValue), If(from_medium, "MEDIUM", NoValue)],
            },
        },
        # The title has names of packages, which come from the image: a quote in one would break the message, because
        # EventBridge does not escape values.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-issues
        {"severity": "$.detail.severity", "vulnerability": "$.detail.packageVulnerabilityDetails.vulnerabilityId"}
        | {"image": "$.resources[0]", "tags": "$.detail.resources[0].details.awsEcrContainerImage.imageTags"},
        "<severity>: <vulnerability> in <image>, tags <tags>.",
    )
    notify(
        "FailedScanNotice",
        {
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Scan"],
            "detail": {"repository-name": [repository.name], "scan-status": [{"anything-but": ["COMPLETE"]}]},
        },
        {"repository": "$.detail.repository-name", "digest": "$.detail.image-digest", "status": "$.detail.scan-status"},
        "<repository>@<digest> has no scan result: its scan ended with <status>.",
    )
    notify(
        "UnscannedNotice",
        {
            "source": ["aws.inspector2"],
            "detail-type": ["Inspector2 Coverage"],
            "resources": images,
            "detail": {"scanStatus": {"reason": [{"anything-but": NO_FAILURE}]}},
        },
        {"image": "$.resources[0]", "reason": "$.detail.scanStatus.reason"},
        "<image> has no scan result: Inspector does not scan it (<reason>).",
    )


def _topic(topic: Topic, role: ServiceRole, paths: dict[str, str], message: str) -> Target:
    """The topic as the target of a rule, with a message for people.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    return Target(
        Id="Topic",
        Arn=topic.arn,
        RoleArn=role.arn,
        InputTransformer=InputTransformer(InputPathsMap=paths, InputTemplate=f'"{message}"'),
    )
