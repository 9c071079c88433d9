"""Notices of findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from generator.components.finding_notices import add_finding_notices
from generator.components.topic import add_topic
from generator.publishing import render
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE, REPOSITORY, KEY = new_repository()
add_finding_notices(TEMPLATE, REPOSITORY, add_topic(TEMPLATE, KEY))
RENDERED = render.to_dict(TEMPLATE)
# The values of Ref and GetAtt of the repository here.
NAME, ARN = "Repository", "Repository.Arn"
IMAGE = f"{ARN}/sha256:84f5"


def _basic(**detail: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html (basic scanning)."""
    return {
        "detail-type": "ECR Image Scan",
        "source": "aws.ecr",
        "resources": [ARN],
        "detail": {
            "scan-status": "COMPLETE",
            "repository-name": NAME,
            "image-digest": "sha256:7f5b",
            "image-tags": [],
            **detail,
        },
    }


def _enhanced(counts: dict[str, int], repository: str = ARN) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-events.html (initial scan)."""
    return {
        "detail-type": "Inspector2 Scan",
        "source": "aws.inspector2",
        "resources": [repository],
        "detail": {
            "scan-status": "INITIAL_SCAN_COMPLETE",
            "repository-name": repository,
            "finding-severity-counts": {**counts, "TOTAL": sum(counts.values())},
            "image-digest": "sha256:36c7",
            "image-tags": ["latest"],
        },
    }


def _finding(severity: str, *, status: str = "ACTIVE", image: str = IMAGE) -> dict[str, Any]:
    """https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-finding."""
    details = {"awsEcrContainerImage": {"imageHash": "sha256:84f5", "imageTags": ["v1"], "repositoryName": "orders"}}
    return {
        "detail-type": "Inspector2 Finding",
        "source": "aws.inspector2",
        "resources": [image],
        "detail": {
            "resources": [{"details": details, "type": "AWS_ECR_CONTAINER_IMAGE"}],
            "severity": severity,
            "status": status,
            "title": 'CVE-2024-6119 - libssl3t64, "openssl"',
            "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2024-6119"},
        },
    }


def _coverage(reason: str, image: str = IMAGE) -> dict[str, Any]:
    """https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-coverage-event."""
    return {
        "detail-type": "Inspector2 Coverage",
        "source": "aws.inspector2",
        "resources": [image],
        "detail": {"scanStatus": {"reason": reason, "statusCodeValue": "INACTIVE"}, "scanType": "PACKAGE"},
    }


def _matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether EventBridge delivers the event, for the operators that are used here.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    for key, wanted in pattern.items():
        if key == "$or":
            assert len(wanted) >= 2, "with fewer members it is the name of a field"
            if not any(_matches(each, event) for each in wanted):
                return False
        elif isinstance(wanted, dict):
            if not _matches(wanted, event.get(key, {})):
                return False
        else:
            values = event[key] if isinstance(event.get(key), list) else [event[key]] if key in event else []
            if not any(_fits(matcher, value) for matcher in wanted for value in values):
                return False
    return True


def _fits(matcher: Any, value: Any) -> bool:
    if not isinstance(matcher, dict):
        return bool(matcher == value)
    ((operator, operand),) = matcher.items()
    if operator == "numeric":
        sign, number = operand
        return sign == ">" and bool(value > number)
    return value not in operand if operator == "anything-but" else str(value).startswith(operand)


def _messages(event: dict[str, Any], severity: str = "CRITICAL") -> list[str]:
    """The messages that are published to the topic."""
    rules = resolved(RENDERED, NotifySeverity=severity)
    return [
        message
        for name, rule in rules.items()
        if name.endswith("Notice") and _matches(rule["EventPattern"], event)
        for message in _messages_of(rule, event)
    ]


def _messages_of(rule: dict[str, Any], event: dict[str, Any]) -> Iterator[str]:
    for target in rule["Targets"]:
        template = target["InputTransformer"]["InputTemplate"]
        assert re.fullmatch(r'"[^"\n]*"', template), "a text for SNS is in quotes"
        message = template[1:-1]
        for name, path in target["InputTransformer"]["InputPathsMap"].items():
            assert f"<{name}>" in message
            message = message.replace(f"<{name}>", _at(event, path))
        yield message


def _at(event: Any, path: str) -> str:
    """The value at a path; EventBridge leaves out a value that does not exist."""
    for step in re.findall(r"[^.$\[\]]+", path):
        event = event[int(step)] if isinstance(event, list) else event.get(step, "")
    return re.sub(r"['\" ]", "", str(event)) if isinstance(event, list) else str(event)


@pytest.mark.parametrize(
    ("severity", "announced"),
    [("CRITICAL", {"CRITICAL"}), ("HIGH", {"CRITICAL", "HIGH"}), ("MEDIUM", {"CRITICAL", "HIGH", "MEDIUM"})],
)
def test_findings_of_the_severity_or_worse_are_announced(severity: str, announced: set[str]) -> None:
    """Those of a scan by ECR, of a scan by Inspector, and a finding that comes later, each of them once."""
    for level in ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNTRIAGED"):
        for event in (_basic(**{"finding-severity-counts": {level: 1}}), _enhanced({level: 1}), _finding(level)):
            assert (1 if level in announced else 0) == len(_messages(event, severity)), (level, event["detail-type"])


def test_a_clean_scan_is_not_announced() -> None:
    """Missing counts and counts of zero, as Inspector sends them, are no findings."""
    assert [] == _messages(_basic(**{"finding-severity-counts": {}}), "MEDIUM")
    assert [] == _messages(_enhanced({"CRITICAL": 0, "HIGH": 0, "MEDIUM": 0}), "MEDIUM")


def test_other_findings_are_not_announced() -> None:
    """Those of another repository, also if its name begins the same, and closed ones."""
    assert [] == _messages(_basic(**{"repository-name": "other", "finding-severity-counts": {"CRITICAL": 1}}))
    assert [] == _messages(_enhanced({"CRITICAL": 1}, repository=f"{ARN}-other"))
    assert [] == _messages(_finding("CRITICAL", image=f"{ARN}-other/sha256:84f5"))
    assert [] == _messages(_finding("CRITICAL", status="CLOSED"))
    assert [] == _messages(_coverage("UNSUPPORTED_OS", image=f"{ARN}/more/sha256:84f5"))


@pytest.mark.parametrize("status", ["FAILED", "UNSUPPORTED_IMAGE", "FINDINGS_UNAVAILABLE"])
def test_a_failed_scan_is_announced(status: str) -> None:
    """Nothing is known of an image whose scan by ECR did not complete."""
    assert [f"{NAME}@sha256:7f5b has no scan result: its scan ended with {status}."] == _messages(
        _basic(**{"scan-status": status})
    )


@pytest.mark.parametrize("reason", ["UNSUPPORTED_OS", "ACCESS_DENIED", "INTERNAL_ERROR", "UNSUPPORTED_MEDIA_TYPE"])
def test_an_image_that_inspector_does_not_scan_is_announced(reason: str) -> None:
    """The message has the reason that Inspector states."""
    (message,) = _messages(_coverage(reason))
    assert reason in message


@pytest.mark.parametrize("reason", ["SUCCESSFUL", "PENDING_INITIAL_SCAN", "RESOURCE_TERMINATED", "SCAN_IN_PROGRESS"])
def test_the_usual_states_are_not_announced(reason: str) -> None:
    """An image that waits for its scan, was scanned or was deleted is no failure."""
    assert [] == _messages(_coverage(reason))


def test_a_message_has_image_and_severity() -> None:
    """Repository, digest, tags and numbers for a scan; severity, id and image for a finding."""
    (message,) = _messages(_enhanced({"CRITICAL": 7, "HIGH": 61}))
    assert message.startswith(f"Findings in {ARN}@sha256:36c7, tags [latest]: critical 7, high 61, medium .")
    assert [f"CRITICAL: CVE-2024-6119 in {IMAGE}, tags [v1]."] == _messages(_finding("CRITICAL"))


def test_one_role_publishes_and_does_nothing_else() -> None:
    """The rules have a role that may publish to this topic with its key."""
    resources = resolved(RENDERED)
    assert {"NoticesRole.Arn"} == {
        target["RoleArn"] for name, rule in resources.items() if name.endswith("Notice") for target in rule["Targets"]
    }
    statements = resources["NoticesRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["Publish", "UseTopicKey"] == [statement["Sid"] for statement in statements]
