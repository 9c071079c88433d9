"""pipeline-lambda with a window: production gets the image in the window, and only while the alarm is off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from generator.emulator.runs.clock import Clock
from generator.emulator.runs.pipeline_history import PipelineHistory
from tests.emulator.people import Stack, alarm, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM = "orders-slow"
SUNDAY = datetime(2026, 11, 29, 11, 0, tzinfo=timezone.utc)
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline; deployed once for all tests of this file."""
    window = "* * 9-16 ? * MON-THU in Europe/Berlin"
    with deployed("pipeline-lambda", ProductionWindow=window, ProductionAlarm=ALARM) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """On a Sunday, while the alarm is off."""
    alarm(standing, ALARM, "OK")
    clock(standing).__init__(lambda: SUNDAY)  # type: ignore[misc]
    return standing.sound()


def clock(stack: Stack) -> Clock:
    """The time of the runs."""
    return stack.trial.account.world.clock


def recorded(stack: Stack, stage: str) -> str:
    """The image that a stage has recorded."""
    ssm = stack.trial.cloud.inside("ssm")
    name = f"/ecr-pipeline/{stack.trial.pipeline}/{stage}/image"
    found = ssm.get_parameters(Names=[name])["Parameters"]
    return str(found[0]["Value"]) if found else ""


def test_production_waits_for_the_window(stack: Stack) -> None:
    """The image is approved on Sunday and deployed on Monday; the alarm is seen with the pipeline's role."""
    waits: list[tuple[datetime, bool]] = []

    def meanwhile() -> None:
        waits.append((clock(stack).now(), "first" in recorded(stack, "production")))

    clock(stack).meanwhile = meanwhile
    push = pushed(stack, "first")
    assert "Succeeded" == run(push).status, run(push).failures
    assert ["Approval", "Window", "Production"] == run(push).succeeded[-3:]
    # The run waits for the window, and then a minute for the alarm.
    assert [(SUNDAY, False), (MONDAY, False)] == waits
    assert push.digest in recorded(stack, "production")
    [seen] = {
        call.role.split("-")[-2] for call in stack.trial.cloud.calls if call.operation == "DescribeAlarms" and call.role
    }
    assert "PipelineRole" == seen


def test_an_alarm_that_is_on_when_the_window_opens_fails_the_run(stack: Stack) -> None:
    """It was off when the run began to wait; production stays unchanged."""
    before = recorded(stack, "production")
    clock(stack).meanwhile = lambda: alarm(stack, ALARM, "ALARM")
    push = pushed(stack, "held")
    [failure] = run(push).failures
    assert ("Window", f"the alarm {ALARM} is in the state ALARM") == (failure.stage, failure.error)
    assert before == recorded(stack, "production")
    assert push.digest in recorded(stack, "staging")


def test_a_person_opens_the_window(stack: Stack) -> None:
    """With the command of docs/operate.md. The alarm is checked nevertheless."""

    def override() -> None:
        if run_id := _waiting(stack):
            stack.trial.cloud.inside("codepipeline").override_stage_condition(
                pipelineName=stack.trial.pipeline,
                stageName="Window",
                pipelineExecutionId=run_id,
                conditionType="BEFORE_ENTRY",
            )

    clock(stack).meanwhile = override
    push = pushed(stack, "urgent")
    assert "Succeeded" == run(push).status
    assert clock(stack).now() < MONDAY
    assert push.digest in recorded(stack, "production")


def _waiting(stack: Stack) -> Any:
    """The run that waits for the window."""
    for each in stack.trial.cloud.memory(PipelineHistory).of(stack.trial.pipeline):
        if each.evaluates == ("Window", "BEFORE_ENTRY"):
            return each.id
    return None
