"""AWS CloudTrail: the history of management events. Here it has denied calls, immediately.

In AWS an event takes minutes, and calls that succeeded are events as well:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.denials import DeniedCall, DeniedCalls
from generator.emulator.front.operation import Operation, OperationContext

_PAGE = 50


def _lookup(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html."""
    asked = context.call.parameters
    start, end = _aware(asked.get("StartTime")), _aware(asked.get("EndTime"))
    if start and end and start > end:
        raise RefusedError("The start time is after the end time.", "InvalidTimeRangeException")
    if asked.get("LookupAttributes"):
        raise NotImplementedError("attributes are not looked up here")
    found = [each for each in _events(context) if not start or each["EventTime"] >= start.replace(microsecond=0)]
    first = int(asked.get("NextToken") or 0)
    rest = first + _PAGE
    return {"Events": found[first:rest], **({"NextToken": str(rest)} if rest < len(found) else {})}


def _aware(moment: datetime | None) -> datetime | None:
    """The time; in UTC if the request does not say."""
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc) if moment else None


def _events(context: OperationContext) -> Iterator[dict[str, Any]]:
    for each in reversed(context.memory(DeniedCalls).calls):
        yield {
            "EventId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{each.time.isoformat()}{each.operation}")),
            "EventName": each.operation,
            "ReadOnly": "false",
            "EventTime": each.time,
            "EventSource": f"{each.service}.amazonaws.com",
            "Username": each.role.rpartition("/")[2],
            "Resources": [],
            "CloudTrailEvent": json.dumps(_record(each)),
        }


def _record(each: DeniedCall) -> dict[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html."""
    issuer = {"type": "Role", "arn": each.role, "userName": each.role.rpartition("/")[2]}
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}},
        "eventTime": each.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{each.service}.amazonaws.com",
        "eventName": each.operation,
        "errorCode": "AccessDenied",
        "errorMessage": each.reason,
    }


OPERATIONS: dict[str, Operation] = {"cloudtrail:LookupEvents": _lookup}
