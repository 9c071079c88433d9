"""Log groups under keys: moto takes every key, CloudWatch Logs those that it may use, and moto cannot change the key.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError
from moto.logs.models import LogsBackend, logs_backends
from moto.utilities.utils import get_partition

from generator.authorization.decisions import Policies, Policy, decide
from generator.authorization.service_principals import log_key_uses
from generator.cloudformation.errors import RefusedError
from generator.cloudformation.offline_stack import Place
from generator.emulator.front.service import Desk, Operation


def _backend(desk: Desk) -> LogsBackend:
    return logs_backends[desk.call.account][desk.call.region]


def _create(desk: Desk) -> dict[str, Any]:
    asked = desk.call.parameters
    key = asked.get("kmsKeyId")
    if key and asked["logGroupName"] not in _backend(desk).groups:
        _check_key(desk, key)
    _backend(desk).create_log_group(
        asked["logGroupName"], asked.get("tags") or {}, kmsKeyId=key, logGroupClass=asked.get("logGroupClass")
    )
    return {}


def _check_key(desk: Desk, key: str) -> None:
    """Refuse a key whose policy does not let CloudWatch Logs encrypt this group (aws/aws-cdk#28304)."""
    call = desk.call
    place = Place(get_partition(call.region), call.region, call.account)
    group = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:{call.parameters['logGroupName']}"
    try:
        text = desk.inside("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    except ClientError:
        text = '{"Statement": []}'
    policies = Policies(resource=Policy(key, json.loads(text)))
    if not all(decide(request, policies).allowed for request in log_key_uses(place, key, group)):
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'"
        raise RefusedError(message, "AccessDeniedException")


def _group(desk: Desk) -> Any:
    groups = _backend(desk).groups
    name = desk.call.parameters["logGroupName"]
    if name not in groups:
        raise RefusedError("The specified log group does not exist.", "ResourceNotFoundException")
    return groups[name]


def _associate(desk: Desk) -> dict[str, Any]:
    group, key = _group(desk), desk.call.parameters["kmsKeyId"]
    _check_key(desk, key)
    group.kms_key_id = key
    return {}


def _disassociate(desk: Desk) -> dict[str, Any]:
    _group(desk).kms_key_id = None
    return {}


OPERATIONS: dict[str, Operation] = {
    "logs:AssociateKmsKey": _associate,
    "logs:CreateLogGroup": _create,
    "logs:DisassociateKmsKey": _disassociate,
}
