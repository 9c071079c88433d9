"""State machines of AWS Step Functions: an execution is run to its end when it is started.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.emulator.front.operations import Operations, answered
from generator.emulator.front.server import Emulator
from generator.emulator.runs import states


class Machines:
    """Executions, and how they ended."""

    def __init__(self, cloud: Emulator) -> None:
        self._cloud = cloud
        self._executions: dict[str, dict[str, Any]] = {}

    def operations(self) -> Operations:
        """The operations that start an execution and tell of it."""
        return {("states", "StartExecution"): self._start, ("states", "DescribeExecution"): self._describe}

    def _start(self, call: Call) -> Answer | None:
        inside = self._cloud.inside("stepfunctions")
        arn, text = call.parameters["stateMachineArn"], call.parameters.get("input", "{}")
        try:
            machine = inside.describe_state_machine(stateMachineArn=arn)
        except inside.exceptions.StateMachineDoesNotExist:
            return None
        name = call.parameters.get("name") or str(uuid4())
        execution = f"{arn.replace(':stateMachine:', ':execution:')}:{name}"
        now = time.time()
        told = {"executionArn": execution, "stateMachineArn": arn, "name": name, "startDate": now, "input": text}
        self._executions[execution] = {**told, **self._ended(machine, json.loads(text))}
        return answered({"executionArn": execution, "startDate": now})

    def _ended(self, machine: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Status and output. Nothing takes time here: what waits is told that the time has passed."""
        role = machine["roleArn"]
        try:
            output = states.run(
                json.loads(machine["definition"]),
                given,
                client=lambda service: self._cloud.client(service, role),
                wait=lambda _: None,
            )
        except states.StateFailedError as error:
            name, _, cause = str(error).partition(": ")
            return {"status": "FAILED", "error": name, "cause": cause, "stopDate": time.time()}
        return {"status": "SUCCEEDED", "output": json.dumps(output), "stopDate": time.time()}

    def _describe(self, call: Call) -> Answer | None:
        found = self._executions.get(call.parameters["executionArn"])
        return answered(found) if found else None
