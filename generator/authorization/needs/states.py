"""AWS Step Functions."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, each_on, needed, through


def _see_machine(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Definition and data are encrypted if the state machine has a key. Starting an execution needs no key.

    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html#using-api-with-encryption-required-permissions
    """
    name = "executionArn" if call.name == "states:DescribeExecution" else "stateMachineArn"
    yield needed(call, environment, call.name, f"{{{name}}}")
    machine = ":".join(str(call.parameters[name]).replace(":execution:", ":stateMachine:").split(":")[:7])
    key = environment.keys.get(machine, "")
    yield from through(environment, "states", key, {"aws:states:stateMachineArn": machine}, "kms:Decrypt")


NEEDS: Needs = {
    **each_on("{stateMachineArn}", "states:StartExecution"),
    "states:DescribeExecution": _see_machine,
    "states:DescribeStateMachine": _see_machine,
}
