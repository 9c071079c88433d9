"""Log groups with keys: CloudWatch Logs accepts only keys that it may use; moto accepts all and cannot change them.

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
from generator.cloudformation.offline_stack import Location
from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext


def _backend(context: OperationContext) -> LogsBackend:
    return context.backend(logs_backends)


def _create(context: OperationContext) -> dict[str, Any]:
    asked = context.call.parameters
    key = asked.get("kmsKeyId")
    if key and asked["logGroupName"] not in _backend(context).groups:
        _check_key(context, key)
    _backend(context).create_log_group(
        asked["logGroupName"], asked.get("tags") or {}, kmsKeyId=key, logGroupClass=asked.get("logGroupClass")
    )
    return {}


def _check_key(context: OperationContext, key: str) -> None:
    """Refuse a key whose policy does not allow CloudWatch Logs to encrypt this group (aws/aws-cdk#28304)."""
    call = context.call
    place = Location(get_partition(call.region), call.region, call.account)
    group = context.arn(f"log-group:{call.parameters['logGroupName']}")
    try:
        text = context.inside("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    except ClientError:
        text = '{"Statement": []}'
    policies = Policies(resource=Policy(key, json.loads(text)))
    if not all(decide(request, policies).allowed for request in log_key_uses(place, key, group)):
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'"
        raise RefusedError(message, "AccessDeniedException")


def _group(context: OperationContext) -> Any:
    groups = _backend(context).groups
    name = context.call.parameters["logGroupName"]
    if name not in groups:
        raise RefusedError("The specified log group does not exist.", "ResourceNotFoundException")
    return groups[name]


def _associate(context: OperationContext) -> dict[str, Any]:
    group, key = _group(context), context.call.parameters["kmsKeyId"]
    _check_key(context, key)
    group.kms_key_id = key
    return {}


def _disassociate(context: OperationContext) -> dict[str, Any]:
    _group(context).kms_key_id = None
    return {}


OPERATIONS: dict[str, Operation] = {
    "logs:AssociateKmsKey": _associate,
    "logs:CreateLogGroup": _create,
    "logs:DisassociateKmsKey": _disassociate,
}
