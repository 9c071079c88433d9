"""Report groups of AWS CodeBuild, which moto has not.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ReportGroup.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from moto.utilities.utils import get_partition

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation


def _groups(desk: Desk) -> dict[str, dict[str, Any]]:
    return desk.shelf.setdefault("report groups", {})  # type: ignore[no-any-return]


def _create(desk: Desk) -> Mapping[str, Any]:
    call, name = desk.call, desk.call.parameters["name"]
    arn = f"arn:{get_partition(call.region)}:codebuild:{call.region}:{call.account}:report-group/{name}"
    if arn in _groups(desk):
        raise RefusedError(f"Report group already exists: {arn}", "ResourceAlreadyExistsException")
    now = datetime.now(timezone.utc)
    _groups(desk)[arn] = {**call.parameters, "arn": arn, "created": now, "lastModified": now, "status": "ACTIVE"}
    return {"reportGroup": _groups(desk)[arn]}


def _update(desk: Desk) -> Mapping[str, Any]:
    arn = desk.call.parameters["arn"]
    if arn not in _groups(desk):
        raise RefusedError(f"Report group cannot be found: {arn}", "ResourceNotFoundException")
    _groups(desk)[arn] |= {**desk.call.parameters, "lastModified": datetime.now(timezone.utc)}
    return {"reportGroup": _groups(desk)[arn]}


def _delete(desk: Desk) -> Mapping[str, Any]:
    _groups(desk).pop(desk.call.parameters["arn"], None)
    return {}


def _get(desk: Desk) -> Mapping[str, Any]:
    wanted, groups = desk.call.parameters["reportGroupArns"], _groups(desk)
    return {
        "reportGroups": [groups[arn] for arn in wanted if arn in groups],
        "reportGroupsNotFound": [arn for arn in wanted if arn not in groups],
    }


OPERATIONS: dict[str, Operation] = {
    "codebuild:BatchGetReportGroups": _get,
    "codebuild:CreateReportGroup": _create,
    "codebuild:DeleteReportGroup": _delete,
    "codebuild:UpdateReportGroup": _update,
}
