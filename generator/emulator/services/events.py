"""Amazon EventBridge: refusals of event patterns and targets, which moto lacks.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.events.models import events_backends

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.eventbridge.patterns import EventPattern, checked, why_not
from generator.eventbridge.transformer import TransformerError, check_transformer
from generator.eventbridge.wildcards import PatternError

# https://docs.aws.amazon.com/general/latest/gr/ev.html
_MOST_TARGETS = 5
_ENVELOPE = ("id", "account", "source", "time", "region", "resources", "detail-type")


def _put_rule(context: OperationContext) -> dict[str, Any]:
    asked = context.call.parameters
    if asked.get("EventPattern"):
        _checked(asked["EventPattern"])
    rule = context.backend(events_backends).put_rule(
        asked["Name"],
        description=asked.get("Description"),
        event_bus_arn=asked.get("EventBusName"),
        event_pattern=asked.get("EventPattern"),
        role_arn=asked.get("RoleArn"),
        scheduled_expression=asked.get("ScheduleExpression"),
        state=asked.get("State"),
        tags=asked.get("Tags"),
    )
    return {"RuleArn": rule.arn}


def _put_targets(context: OperationContext) -> dict[str, Any]:
    """Put targets. The messages are those of localstack (pull request 10789); AWS documents only the codes."""
    asked = context.call.parameters
    for target in asked["Targets"]:
        if "Input" in target and not _is_json(target["Input"]):
            raise RefusedError(f"Input for target {target['Id']} is not a valid JSON text.", "ValidationException")
        if "InputTransformer" in target:
            try:
                check_transformer(target["InputTransformer"])
            except TransformerError as error:
                raise RefusedError(f"InputTemplate for target {target['Id']} {error}", "ValidationException") from error
    backend, bus = context.backend(events_backends), asked.get("EventBusName")
    put = [target["Id"] for target in backend.describe_rule(asked["Rule"], bus).targets]
    if len({*put, *(target["Id"] for target in asked["Targets"])}) > _MOST_TARGETS:
        raise RefusedError("The requested resource exceeds the maximum number allowed.", "LimitExceededException")
    backend.put_targets(asked["Rule"], bus, asked["Targets"])
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _test(context: OperationContext) -> dict[str, Any]:
    """Whether an event matches a pattern. The event must have all fields that every event has.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
    """
    asked = context.call.parameters
    pattern = _checked(asked["EventPattern"])
    event = json.loads(asked["Event"]) if _is_json(asked["Event"]) else None
    if not isinstance(event, dict) or (missing := [name for name in _ENVELOPE if name not in event]):
        said = f"lacks {', '.join(missing)}" if isinstance(event, dict) else "is not a JSON object"
        raise RefusedError(f"Parameter Event is not valid. Reason: the event {said}", "ValidationException")
    return {"Result": not why_not(pattern, event)}


def _checked(text: str) -> EventPattern:
    try:
        return checked(text)
    except PatternError as error:
        message = f"Event pattern is not valid. Reason: {error}"
        raise RefusedError(message, "InvalidEventPatternException") from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


OPERATIONS: dict[str, Operation] = {
    "events:PutRule": _put_rule,
    "events:PutTargets": _put_targets,
    "events:TestEventPattern": _test,
}
