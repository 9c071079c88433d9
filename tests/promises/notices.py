"""Promises about messages on findings: events of scanners go through the rules, as EventBridge matches them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.offline_stack import OfflineStack
from generator.eventbridge.patterns import why_not
from generator.eventbridge.transformer import transformed
from tests.rendered import Rendered, resources
from tests.samples import sample
from tests.variants import with_conditions

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


# The source of events, by the first word of their detail-type.
SOURCES = {
    "CodeCommit": "aws.codecommit",
    "CodePipeline": "aws.codepipeline",
    "ECR": "aws.ecr",
    "Inspector2": "aws.inspector2",
}


@with_conditions
def findings_of_the_severity_are_reported(template: Rendered) -> Iterator[str]:
    """Findings of the chosen severity or worse are reported once, with image and numbers, for each scanner."""
    for chosen, stack, (title, repository) in _reported_by(template):
        name, arn = repository["RepositoryName"], stack.arn(title)
        for level in LEVELS:
            expected = 1 if LEVELS.index(level) <= LEVELS.index(chosen) else 0
            for event in (_basic(name, {level: 1}), _enhanced(arn, {level: 1}), _finding(f"{arn}/{DIGEST}", level)):
                messages = list(_messages(stack, event))
                if len(messages) != expected:
                    kind = event["detail-type"]
                    yield f"{kind} with {level} makes {len(messages)} messages from {chosen} on, not {expected}"
                for message in messages:
                    counted = f"{level.lower()} 1" in message or message.startswith(f'"{level}: CVE-2026-1 in ')
                    if not counted or name not in message or DIGEST not in message or "[v1]" not in message:
                        yield f"{event['detail-type']} is reported as {message}, without image, tag or number"
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
            yield from (f"this must not be reported: {message}" for message in _messages(stack, event))


@with_conditions
def missing_scans_are_reported(template: Rendered) -> Iterator[str]:
    """A failed scan, and an image that is not scanned, are reported in words with the reason; others are not."""
    for _, stack, (title, repository) in _reported_by(template):
        name, image = repository["RepositoryName"], f"{stack.arn(title)}/{DIGEST}"
        events = {reason: _basic(name, None, reason) for reason in ("FAILED", "UNSUPPORTED_IMAGE")}
        events |= {reason: _coverage(image, reason) for reason in ("UNSUPPORTED_OS", "ACCESS_DENIED")}
        for reason, event in events.items():
            messages = list(_messages(stack, event))
            if (
                len(messages) != 1
                or messages[0].startswith("{")
                or not all(f"{fact}" in messages[0] for fact in (reason, DIGEST, name))
            ):
                yield f"{reason} is reported as {messages}, must be one text with reason, digest and repository"
        elsewhere = (_basic("other", None, "FAILED"), _coverage(image.replace("/sha", "-other/sha"), "ACCESS_DENIED"))
        forged = (each for event in events.values() for each in _forged(event))
        for event in (_basic(name, None), *forged, *(_coverage(image, reason) for reason in WELL), *elsewhere):
            yield from (f"this must not be reported: {message}" for message in _messages(stack, event))


def event_patterns_have_no_empty_part(template: Rendered) -> Iterator[str]:
    """Every field that a pattern names is filtered by something: EventBridge refuses an empty object or list.

    https://github.com/aws/event-ruler
    """
    for name, rule in resources(template, "AWS::Events::Rule"):
        if re.search(r"\{\}|\[\]", json.dumps(rule.get("EventPattern", {}))):
            yield f"{name} has an empty part in its pattern"


def events_come_from_their_service(template: Rendered) -> Iterator[str]:
    """A pattern of a service's events names the service as the source: anybody may put events of another source.

    https://docs.aws.amazon.com/eventbridge/latest/ref/event-reference.html
    """
    for name, rule in resources(template, "AWS::Events::Rule"):
        pattern = rule.get("EventPattern", {})
        sources = {
            SOURCES.get(kind.partition(" ")[0], "a service that SOURCES lacks")
            for kind in pattern.get("detail-type", [])
        }
        if sources and sources != set(pattern.get("source", [])):
            yield f"{name} is about events of {', '.join(sorted(sources))}, and its source is {pattern.get('source')}"


def _reported_by(template: Rendered) -> Iterator[tuple[str, OfflineStack, tuple[str, dict[str, Any]]]]:
    """For each severity that can be chosen: a stack, and its repository."""
    given = sample(template, "a", optional=True)
    for chosen in template.get("Parameters", {}).get("NotifySeverity", {}).get("AllowedValues", ()):
        stack = OfflineStack(template=template, name="a-stack", parameters={**given, "NotifySeverity": chosen})
        for repository in stack.resources("AWS::ECR::Repository"):
            yield chosen, stack, repository


def _messages(stack: OfflineStack, event: dict[str, Any]) -> Iterator[str]:
    """The messages that the topic gets: the event as it is, where nothing makes words of it."""
    for title, rule in stack.resources("AWS::Events::Rule"):
        if not why_not(rule["EventPattern"], event):
            for target in rule.get("Targets", []):
                words = target.get("InputTransformer")
                yield transformed(words, event, stack.arn(title)) if words else json.dumps(event)


def _forged(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event as somebody else in the account might send it, and another event of the scanner."""
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
    finding = {"title": 'a "title"', "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-1"}}
    detail = {"resources": [resource], "severity": severity, "status": status, **finding}
    return {"detail-type": "Inspector2 Finding", "source": "aws.inspector2", "resources": [image], "detail": detail}


def _coverage(image: str, reason: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html#event-coverage-event."""
    detail = {"scanStatus": {"reason": reason, "statusCodeValue": "INACTIVE"}, "scanType": "PACKAGE"}
    return {"detail-type": "Inspector2 Coverage", "source": "aws.inspector2", "resources": [image], "detail": detail}
