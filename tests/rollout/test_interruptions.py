"""`apply` that ends anywhere: the same command again leaves the same state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.services.cloudformation import DeployedStacks
from tests.rollout.rooms import Room, room

pytestmark = pytest.mark.slow


def state(here: Room) -> dict[str, Any]:
    """Each stack with its status, resources and parameters, and the change sets that are left."""
    return {
        stack.name: (
            stack.status,
            sorted(stack.resources),
            dict(stack.order.given) if stack.order else {},
            len(stack.change_sets),
        )
        for stack in here.aws.memory(DeployedStacks).by_id.values()
        if stack.deleted is None
    }


def test_it_continues_after_an_end_at_any_call(tmp_path: Path) -> None:
    """The credentials expire before each call in turn, for a first deployment."""
    left = [10_000]

    def intercept(call: Call) -> Answer | None:
        if call.via or call.service not in ("cloudformation", "sts"):
            return None
        left[0] -= 1
        return refusal(call, "ExpiredToken", "The security token is expired", status=403) if left[0] < 0 else None

    with room(tmp_path, intercept=intercept) as here:
        client = here.aws.inside("cloudformation")
        assert 0 == here.run("apply", "--all").exit_code
        wanted, ended = state(here), 0
        assert {"base-main", "app-orders"} == wanted.keys()
        for count in range(10_000 - left[0]):
            for name in ("app-orders", "base-main"):
                client.delete_stack(StackName=name)
            left[0] = count
            first = here.run("apply", "--all")
            assert 1 == first.exit_code, first.output
            assert "the credentials have expired; sign in again, then run the same command" in first.stderr
            ended += 1
            left[0] = 10_000
            again = here.run("apply", "--all")
            assert 0 == again.exit_code, again.output
            assert wanted == state(here), f"after an end before call {count + 1}"
        assert ended > 10


def test_a_lost_answer_is_no_failure(tmp_path: Path) -> None:
    """CloudFormation executes the change set, and the answer is lost: the AWS CLI sends the call again."""
    lost: list[str] = []

    def intercept(call: Call) -> Answer | None:
        if call.operation != "ExecuteChangeSet" or call.parameters["ChangeSetName"] in lost:
            return None
        lost.append(call.parameters["ChangeSetName"])
        here.aws.inside("cloudformation").execute_change_set(ChangeSetName=lost[-1])
        return Answer(503, b"", content_type="text/xml")

    with room(tmp_path, intercept=intercept) as here:
        done = here.run("apply", "--all")
        assert 0 == done.exit_code, done.output
        assert 2 == len(lost)
        assert {"CREATE_COMPLETE"} == set(here.statuses().values())


def test_ctrl_c_ends_after_the_call(tmp_path: Path) -> None:
    """CloudFormation finishes what has begun, nothing else is begun, and the message says how to continue."""
    reached, go_on = threading.Event(), threading.Event()

    def intercept(call: Call) -> Answer | None:
        if call.operation == "ExecuteChangeSet" and not reached.is_set():
            reached.set()
            go_on.wait(60)
        return None

    with room(tmp_path, intercept=intercept) as here:
        folders = ("--params-dir", str(tmp_path / "params"), "--templates-dir", str(tmp_path / "templates"))
        path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
        running = subprocess.Popen(
            [sys.executable, "-m", "generator", "apply", "--all", *folders],
            env={**os.environ, **here.aws.environment(), "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert reached.wait(60)
        running.send_signal(signal.SIGINT)
        go_on.set()
        _, said = running.communicate(timeout=120)
        assert 130 == running.returncode, said
        assert "CloudFormation finishes the updates in progress. Run the same command again to continue." in said
        assert {"base-main": "CREATE_COMPLETE"} == here.statuses()
        again = here.run("apply", "--all")
        assert 0 == again.exit_code, again.output
        assert {"CREATE_COMPLETE"} == set(here.statuses().values())
