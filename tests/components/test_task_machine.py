"""The state machine that runs a task of ECS, run with answers of AWS."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.emulator.runs.state_machine_run import StateFailedError, run
from tests.conftest import WITH_CONDITIONS
from tests.resolved import resolved

TASK = "arn:aws:ecs:eu-west-1:111122223333:task/apps/1"
GIVEN = {
    "Cluster": "apps",
    "TimeoutSeconds": "600",
    "AssignPublicIp": "DISABLED",
    "SubnetIds": "subnet-1,subnet-2",
    "SecurityGroupIds": "sg-1",
}


def definition() -> Any:
    """The definition for Step Functions, with the substitutions that it makes itself."""
    machine = resolved(WITH_CONDITIONS["task-ecs"], **GIVEN)["Machine"]
    text = machine["DefinitionString"]
    for name, value in machine["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{name}}}", value)
    return json.loads(text)


class Account:
    """The clients that the state machine calls, and their recorded calls."""

    def __init__(self, exit_code: int, failure: str = "") -> None:
        self.exit_code, self.failure, self.asked = exit_code, failure, list[dict[str, Any]]()

    def __call__(self, _service: str) -> Account:
        """A client of any service."""
        return self

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  as AWS names them
        """The function before the task, and after it."""
        event = json.loads(Payload)
        self.asked.append({"function": FunctionName, **event})
        answer = {"revision": "orders:8"} if "image" in event else {"failure": self.failure, "log": "the log"}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}

    def run_task(self, **asked: Any) -> dict[str, Any]:
        """A task."""
        self.asked.append(asked)
        return {"tasks": [{"taskArn": TASK}], "failures": []}

    def describe_tasks(self, **_: Any) -> dict[str, Any]:
        """The task when it has ended."""
        return {"tasks": [{"taskArn": TASK, "containers": [{"name": "app", "exitCode": self.exit_code}]}]}

    def describe_rule(self, **_: Any) -> dict[str, Any]:
        """The rule exists."""
        return {}

    def put_rule(self, **_: Any) -> dict[str, Any]:
        """The rule is the same."""
        return {"RuleArn": "arn:aws:events:eu-west-1:111122223333:rule/x"}

    put_targets: Callable[..., dict[str, Any]] = describe_rule


def started(account: Account) -> Any:
    """The output of an execution for an image."""
    return run(definition(), {"image": "orders@sha256:1"}, client=account, wait=lambda _: None)


def test_the_task_runs_with_the_revision_that_was_registered() -> None:
    """In the network and cluster of the form; the function then judges its end."""
    account = Account(0)
    assert {"failure": "", "log": "the log"} == started(account)["ended"]
    first, task, last = account.asked
    assert "orders@sha256:1" == first["image"]
    assert ("apps", "orders:8", "FARGATE") == (task["cluster"], task["taskDefinition"], task["launchType"])
    network = task["networkConfiguration"]["awsvpcConfiguration"]
    assert {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"} == network
    assert [{"Name": "app", "ExitCode": 0}] == last["task"]["Containers"]


def test_a_task_that_fails_is_judged_as_well() -> None:
    """Step Functions fails on every container: the function decides, from the cause."""
    account = Account(1)
    assert "" == started(account)["ended"]["failure"]
    assert "States.TaskFailed" == account.asked[-1]["task"]["Error"]
    assert 1 == json.loads(account.asked[-1]["task"]["Cause"])["Containers"][0]["ExitCode"]


def test_the_message_of_the_function_is_the_cause() -> None:
    """CodePipeline shows error and cause of an execution."""
    with pytest.raises(StateFailedError, match=r"^TaskFailed: app exited with 1$"):
        started(Account(1, failure="app exited with 1"))


def test_a_task_is_never_run_twice() -> None:
    """Half of a migration may have happened: no error is a reason to try again, and a time limit ends it."""
    state = definition()["States"]["Run"]
    assert "Retry" not in state
    assert 600 == state["TimeoutSeconds"]
    assert [["States.ALL"]] == [each["ErrorEquals"] for each in state["Catch"]]


def test_every_state_can_be_reached_and_leads_on() -> None:
    """No name is misspelt."""
    states = definition()["States"]
    named = {definition()["StartAt"]}
    for state in states.values():
        parts = (state, *state.get("Choices", ()), *state.get("Catch", ()))
        named |= {part[key] for part in parts for key in ("Next", "Default") if key in part}
    assert states.keys() == named
