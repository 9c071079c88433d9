"""Promises about who hears of findings: what scanners send goes through the rules, as EventBridge matches them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.emulator.deployed import Stack
from generator.emulator.events import why_not
from generator.emulator.transformer import transformed
from tests.playing import with_conditions
from tests.rendered import Rendered, resources
from tests.samples import sample

LEVELS = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNTRIAGED")
DIGEST = "sha256:84f5"
# https://docs.aws.amazon.com/inspector/v2/APIReference/API_ScanStatus.html
WELL = (
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
)


@with_conditions
def findings_of_the_severity_are_told(template: Rendered) -> Iterator[str]:
    """Each scanner's findings of the chosen severity or worse are told once, with image and numbers, others never."""
    for chosen, stack, (title, repository) in _told_by(template):
        name, arn = repository["RepositoryName"], stack.arn(title)
        for level in LEVELS:
            expected = 1 if LEVELS.index(level) <= LEVELS.index(chosen) else 0
            for event in (_basic(name, {level: 1}), _enhanced(arn, {level: 1}), _finding(f"{arn}/{DIGEST}", level)):
                told = list(_told(stack, event))
                if len(told) != expected:
                    yield f"of {level} in {event['detail-type']} {len(told)} messages are told from {chosen}"
                for message in told:
                    counted = f"{level.lower()} 1" in message or message.startswith(f'"{level}: a title')
                    if not counted or name not in message or DIGEST not in message or "[v1]" not in message:
                        yield f"{event['detail-type']} is told as {message}"
        for event in (
            _basic(name, {}),
            _basic("other", {"CRITICAL": 1}),
            _enhanced(arn, {"CRITICAL": 0}),
            _enhanced(f"{arn}-other", {"CRITICAL": 1}),
            _finding(f"{arn}-other/{DIGEST}", "CRITICAL"),
            _finding(f"{arn}/{DIGEST}", "CRITICAL", status="CLOSED"),
            *_forged(_basic(name, {"CRITICAL": 1})),
            *_forged(_enhanced(arn, {"CRITICAL": 1})),
            *_forged(_finding(f"{arn}/{DIGEST}", "CRITICAL")),
        ):
            yield from (f"nobody wants to hear {message}" for message in _told(stack, event))


@with_conditions
def missing_scans_are_told(template: Rendered) -> Iterator[str]:
    """A scan that failed, and an image that is not scanned, are told in words with the reason; others are not told."""
    for _, stack, (title, repository) in _told_by(template):
        name, image = repository["RepositoryName"], f"{stack.arn(title)}/{DIGEST}"
        events = {reason: _basic(name, None, reason) for reason in ("FAILED", "UNSUPPORTED_IMAGE")}
        events |= {reason: _coverage(image, reason) for reason in ("UNSUPPORTED_OS", "ACCESS_DENIED")}
        for reason, event in events.items():
            told = list(_told(stack, event))
            if (
                len(told) != 1
                or told[0].startswith("{")
                or not all(f"{fact}" in told[0] for fact in (reason, DIGEST, name))
            ):
                yield f"of {reason} is told {told}"
        elsewhere = (_basic("other", None, "FAILED"), _coverage(image.replace("/sha", "-other/sha"), "ACCESS_DENIED"))
        forged = (each for event in events.values() for each in _forged(event))
        for event in (_basic(name, None), *forged, *(_coverage(image, reason) for reason in WELL), *elsewhere):
            yield from (f"nobody wants to hear {message}" for message in _told(stack, event))


def event_patterns_have_no_empty_part(template: Rendered) -> Iterator[str]:
    """Every field that a pattern names is filtered by something: EventBridge refuses an empty object or list.

    https://github.com/aws/event-ruler
    """
    for name, rule in resources(template, "AWS::Events::Rule"):
        if re.search(r"\{\}|\[\]", json.dumps(rule.get("EventPattern", {}))):
            yield f"{name} has an empty part in its pattern"


def _told_by(template: Rendered) -> Iterator[tuple[str, Stack, tuple[str, dict[str, Any]]]]:
    """For each severity that can be chosen: a stack, and its repository."""
    given = sample(template, "a", optional=True)
    for chosen in template.get("Parameters", {}).get("NotifySeverity", {}).get("AllowedValues", ()):
        stack = Stack(template=template, name="a-stack", parameters={**given, "NotifySeverity": chosen})
        for repository in stack.resources("AWS::ECR::Repository"):
            yield chosen, stack, repository


def _told(stack: Stack, event: dict[str, Any]) -> Iterator[str]:
    """The messages that the topic gets: the event as it is, where nothing makes words of it."""
    for title, rule in stack.resources("AWS::Events::Rule"):
        if not why_not(rule["EventPattern"], event):
            for target in rule["Targets"]:
                words = target.get("InputTransformer")
                yield transformed(words, event, stack.arn(title)) if words else json.dumps(event)


def _forged(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event as somebody else of the account might put it on the bus, and another event of the scanner."""
    yield {**event, "source": "team.orders"}
    yield {**event, "detail-type": "Something Else"}


def _basic(repository: str, counts: dict[str, int] | None, status: str = "COMPLETE") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html."""
    detail = {"scan-status": status, "repository-name": repository, "image-digest": DIGEST, "image-tags": ["v1"]}
    found = {} if counts is None else {"finding-severity-counts": counts}
    return {"detail-type": "ECR Image Scan", "source": "aws.ecr", "detail": {**detail, **found}}


def _enhanced(repository: str, counts: dict[str, int]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-events.html."""
    detail = _basic(repository, counts, "INITIAL_SCAN_COMPLETE")["detail"]
    return {"detail-type": "Inspector2 Scan", "source": "aws.inspector2", "resources": [repository], "detail": detail}


def _finding(image: str, severity: str, status: str = "ACTIVE") -> dict[str, Any]:
    """https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-finding."""
    resource = {"details": {"awsEcrContainerImage": {"imageTags": ["v1"]}}, "type": "AWS_ECR_CONTAINER_IMAGE"}
    detail = {"resources": [resource], "severity": severity, "status": status, "title": "a title"}
    return {"detail-type": "Inspector2 Finding", "source": "aws.inspector2", "resources": [image], "detail": detail}


def _coverage(image: str, reason: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-coverage-event."""
    detail = {"scanStatus": {"reason": reason, "statusCodeValue": "INACTIVE"}, "scanType": "PACKAGE"}
    return {"detail-type": "Inspector2 Coverage", "source": "aws.inspector2", "resources": [image], "detail": detail}
