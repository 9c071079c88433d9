"""Step Functions: run a standard state machine, and wait for its end.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
"""

from __future__ import annotations

from uuid import uuid4

from generator.emulator.runs.action import ActionError, Done, Provider, Step


def run(step: Step) -> Done:
    """Start an execution with the literal input. Any end other than success fails the action."""
    if step.configuration.get("InputType", "Literal") != "Literal" or step.outputs:
        raise ActionError("input from a file, and output as an artifact, are not emulated")
    states = step.client("stepfunctions")
    machine = step.setting("StateMachineArn")
    if states.describe_state_machine(stateMachineArn=machine)["type"] != "STANDARD":
        raise ActionError("express state machines are not emulated: CodePipeline would not wait for them")
    execution = states.start_execution(
        stateMachineArn=machine, name=str(uuid4()), input=step.configuration.get("Input", "{}")
    )["executionArn"]
    ended = states.describe_execution(executionArn=execution)
    if ended["status"] != "SUCCEEDED":
        raise ActionError(f"{ended['status']}: {ended.get('error')}: {ended.get('cause')}")
    variables = {"StateMachineArn": machine, "ExecutionArn": execution}
    name = machine.rpartition(":")[2]
    return Done(summary=f"{name} succeeded", variables=variables)


PROVIDERS: dict[tuple[str, str], Provider] = {("Invoke", "StepFunctions"): run}
