"""AWS CodeStar Notifications, which moto lacks: rules for the events of pipelines.

https://docs.aws.amazon.com/codestar-notifications/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import ClientError

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.chat_records import NotificationRules
from generator.emulator.front.operation import Operation, OperationContext

# https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#events-ref-pipeline
_OF_PIPELINES = re.compile(
    "codepipeline-pipeline-("
    "action-execution-(succeeded|failed|canceled|started)"
    "|stage-execution-(started|succeeded|resumed|canceled|failed)"
    "|pipeline-execution-(failed|canceled|started|resumed|succeeded|superseded)"
    "|manual-approval-(failed|needed|succeeded))"
)
_MOST_RULES = 10  # for a resource: https://docs.aws.amazon.com/dtconsole/latest/userguide/limits.html


def _rules(context: OperationContext) -> dict[str, dict[str, Any]]:
    return context.memory(NotificationRules).by_arn


def _create(context: OperationContext) -> dict[str, Any]:
    told, rules = context.call.parameters, _rules(context)
    _check(context)
    try:
        context.inside("codepipeline").get_pipeline(name=told["Resource"].rpartition(":")[2])
    except ClientError:
        message = f"The resource {told['Resource']} does not exist."
        raise RefusedError(message, "ConfigurationException") from None
    if any(each["Name"] == told["Name"] for each in rules.values()):
        raise RefusedError(f"A rule {told['Name']} already exists.", "ResourceAlreadyExistsException", status=409)
    if len([each for each in rules.values() if each["Resource"] == told["Resource"]]) >= _MOST_RULES:
        raise RefusedError("The resource has ten notification rules already.", "LimitExceededException")
    arn = context.arn(f"notificationrule/{uuid.uuid4().hex}")
    now = {"CreatedTimestamp": datetime.now(timezone.utc), "LastModifiedTimestamp": datetime.now(timezone.utc)}
    rules[arn] = {"Status": "ENABLED", "Tags": {}, **told, "Arn": arn, **now}
    return {"Arn": arn}


def _check(context: OperationContext) -> None:
    """Refuse names and events that do not exist, and targets in another region."""
    told, call = context.call.parameters, context.call
    if not re.fullmatch("[A-Za-z0-9_ -]{1,64}", told.get("Name", "x")):
        raise RefusedError(f"Name {told['Name']} is not valid", "ValidationException")
    if unknown := [each for each in told.get("EventTypeIds", ()) if not _OF_PIPELINES.fullmatch(each)]:
        raise RefusedError(f"Unknown event types: {', '.join(unknown)}", "ValidationException")
    for target in told.get("Targets", ()):
        if target["TargetType"] == "SNS" and f":sns:{call.region}:{call.account}:" not in target["TargetAddress"]:
            raise RefusedError(f"{target['TargetAddress']} is not a topic of this region", "ConfigurationException")


def _found(context: OperationContext) -> dict[str, Any]:
    arn = context.call.parameters["Arn"]
    if arn not in _rules(context):
        raise RefusedError(f"Rule {arn} does not exist.", "ResourceNotFoundException", status=404)
    return _rules(context)[arn]


def _update(context: OperationContext) -> dict[str, Any]:
    found = _found(context)
    _check(context)
    found |= {**context.call.parameters, "LastModifiedTimestamp": datetime.now(timezone.utc)}
    return {}


def _describe(context: OperationContext) -> dict[str, Any]:
    found = _found(context)
    events = [{"EventTypeId": each, "ServiceName": "CodePipeline"} for each in found["EventTypeIds"]]
    targets = [{**each, "TargetStatus": "ACTIVE"} for each in found["Targets"]]
    return {**found, "EventTypes": events, "Targets": targets}


def _delete(context: OperationContext) -> dict[str, Any]:
    return {"Arn": _rules(context).pop(_found(context)["Arn"])["Arn"]}


OPERATIONS: dict[str, Operation] = {
    "codestar-notifications:CreateNotificationRule": _create,
    "codestar-notifications:DeleteNotificationRule": _delete,
    "codestar-notifications:DescribeNotificationRule": _describe,
    "codestar-notifications:ListNotificationRules": lambda context: {
        "NotificationRules": [{"Id": arn.rpartition("/")[2], "Arn": arn} for arn in _rules(context)]
    },
    "codestar-notifications:UpdateNotificationRule": _update,
}
