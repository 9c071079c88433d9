"""Notification rules: an event of a pipeline goes to their topics in a form of its own, which chats show.

https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from generator.authorization.service_principals import NOTIFICATIONS, uses
from generator.emulator.events.alarms import PermitsRequest, Uses, Watch
from generator.emulator.front.chat_records import NotificationRules
from generator.emulator.front.cloud import Emulator
from generator.eventbridge.patterns import BusEvent

_KINDS = {f"CodePipeline {kind} Execution State Change": kind.lower() for kind in ("Pipeline", "Stage", "Action")}
_APPROVAL = {"STARTED": "needed", "SUCCEEDED": "succeeded", "FAILED": "failed"}


class Notification(NamedTuple):
    """The result of an event for a notification rule."""

    rule: str
    topic: str
    message: str
    why: str
    """The reason why the topic did not get it."""


def notify(
    cloud: Emulator, event: BusEvent, *, permits: PermitsRequest = lambda _: "", uses: Uses = uses
) -> list[Notification]:
    """Show the event to every rule. The topics of matching rules get a message, if their policies allow it."""
    watch, types = Watch(cloud, uses, permits), set(event_types(event))
    made = []
    for arn, rule in sorted(cloud.memory(NotificationRules).by_arn.items()):
        if rule["Status"] != "ENABLED" or rule["Resource"] not in event["resources"]:
            continue
        if types & set(rule["EventTypeIds"]):
            message = json.dumps(_message(arn, event, full=rule["DetailType"] == "FULL"))
            topics = [each["TargetAddress"] for each in rule["Targets"] if each["TargetType"] == "SNS"]
            made += [Notification(arn, topic, message, _publish(watch, topic, arn, message)) for topic in topics]
    return made


def event_types(event: BusEvent) -> Iterator[str]:
    """The ids of an event. For an action that is an approval, these are an action's and an approval's."""
    kind, detail = _KINDS.get(event["detail-type"], ""), event["detail"]
    if kind:
        yield f"codepipeline-pipeline-{kind}-execution-{detail['state'].lower()}"
    if detail.get("type", {}).get("category") == "Approval" and detail["state"] in _APPROVAL:
        yield f"codepipeline-pipeline-manual-approval-{_APPROVAL[detail['state']]}"


def _message(rule: str, event: BusEvent, *, full: bool) -> dict[str, object]:
    """The message. Its keys are EventBridge's, in the service's spelling. Messages of errors are only for FULL.

    https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#detail-type
    """
    detail = dict(event["detail"])
    error = detail.get("execution-result", {}).get("external-execution-summary", "")
    if not full:
        detail.pop("execution-result", None)
    failed = [{"action": detail.get("action", ""), "additionalInformation": error}] if error and full else []
    return {
        "account": event["account"],
        "detailType": event["detail-type"],
        "region": event["region"],
        "source": event["source"],
        "time": event["time"],
        "notificationRuleArn": rule,
        "detail": detail,
        "resources": event["resources"],
        "additionalAttributes": {"failedActions": failed} if failed else {},
    }


def _publish(watch: Watch, topic: str, rule: str, message: str) -> str:
    why = watch.allowed(NOTIFICATIONS, "sns:Publish", topic, rule)
    if not why:
        watch.cloud.inside("sns").publish(TopicArn=topic, Message=message)
    return why
