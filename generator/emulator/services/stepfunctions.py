"""AWS Step Functions: an execution is run to its end when it is started.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import ClientError

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs import state_machine_run


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class MachineExecutions:
    """Executions and how they ended, by ARN."""

    by_arn: dict[str, dict[str, Any]] = field(default_factory=dict)


def _start(context: OperationContext) -> Mapping[str, Any]:
    machines = context.inside("stepfunctions")
    arn, text = context.call.parameters["stateMachineArn"], context.call.parameters.get("input", "{}")
    try:
        machine = machines.describe_state_machine(stateMachineArn=arn)
    except machines.exceptions.StateMachineDoesNotExist:
        raise RefusedError(f"State Machine Does Not Exist: '{arn}'", "StateMachineDoesNotExist") from None
    name = context.call.parameters.get("name") or str(uuid.uuid4())
    execution = f"{arn.replace(':stateMachine:', ':execution:')}:{name}"
    now = _now()
    began = {"executionArn": execution, "stateMachineArn": arn, "name": name, "startDate": now, "input": text}
    context.memory(MachineExecutions).by_arn[execution] = {**began, **_ended(context, machine, json.loads(text))}
    return {"executionArn": execution, "startDate": now}


def _use_key(context: OperationContext, machine: Mapping[str, Any]) -> None:
    """Encrypt the history with the key of the state machine, if it has one, as its role.

    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    if key := (machine.get("encryptionConfiguration") or {}).get("kmsKeyId"):
        kms = context.cloud.client("kms", machine["roleArn"])
        encrypted = {"aws:states:stateMachineArn": machine["stateMachineArn"]}
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=encrypted)
        kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], KeyId=key, EncryptionContext=encrypted)


def _ended(context: OperationContext, machine: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Status and output. A wait ends at once, and its time is counted."""
    role = machine["roleArn"]
    try:
        _use_key(context, machine)
        output = state_machine_run.run(
            json.loads(machine["definition"]),
            given,
            client=lambda service: context.cloud.client(service, role),
            wait=lambda _: None,
        )
    except ClientError as error:
        refused = error.response["Error"]
        return {"status": "FAILED", "error": refused["Code"], "cause": refused["Message"], "stopDate": _now()}
    except state_machine_run.StateFailedError as error:
        name, _, cause = str(error).partition(": ")
        return {"status": "FAILED", "error": name, "cause": cause, "stopDate": _now()}
    return {"status": "SUCCEEDED", "output": json.dumps(output), "stopDate": _now()}


def _describe(context: OperationContext) -> Mapping[str, Any]:
    arn = context.call.parameters["executionArn"]
    found = context.memory(MachineExecutions).by_arn.get(arn)
    if not found:
        raise RefusedError(f"Execution Does Not Exist: '{arn}'", "ExecutionDoesNotExist")
    return found


OPERATIONS: dict[str, Operation] = {"states:DescribeExecution": _describe, "states:StartExecution": _start}
