"""What moto's Amazon CloudWatch Logs lacks: another key for a log group that is there.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
"""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from generator.emulator.service import Desk, Operation, RefusedError


def _group(desk: Desk) -> Any:
    name = desk.call.parameters["logGroupName"]
    groups = logs_backends[desk.call.account][desk.call.region].groups
    if name not in groups:
        raise RefusedError("The specified log group does not exist.", "ResourceNotFoundException")
    return groups[name]


def _associate(desk: Desk) -> dict[str, Any]:
    _group(desk).kms_key_id = desk.call.parameters["kmsKeyId"]
    return {}


def _disassociate(desk: Desk) -> dict[str, Any]:
    _group(desk).kms_key_id = None
    return {}


OPERATIONS: dict[str, Operation] = {
    "logs:AssociateKmsKey": _associate,
    "logs:DisassociateKmsKey": _disassociate,
}
