"""Conditions of stages: windows that a run waits for, alarms that hold it, and people who override both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.tools import Tools
from generator.emulator.runs import pipeline_history, pipeline_run
from generator.emulator.runs.action import ApprovalDecision, RunContext
from generator.emulator.runs.clock import Clock
from generator.emulator.runs.pipeline_history import PipelineHistory
from generator.emulator.runs.pipeline_run import Execution
from tests.emulator.people import alarm_in

SUNDAY = datetime(2026, 11, 29, 11, 0, tzinfo=timezone.utc)
MONDAYS = {"Cron": "* * 9-16 ? * MON", "TimeZone": "Europe/Berlin"}


def rule(provider: str, configuration: dict[str, str], **more: Any) -> dict[str, Any]:
    """A rule, as GetPipeline returns it."""
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": provider, "ruleTypeId": kind, "configuration": configuration, **more}


def condition(*rules: dict[str, Any], result: str = "FAIL") -> dict[str, Any]:
    """A condition of these rules."""
    return {"conditions": [{"result": result, "rules": [*rules]}]}


WINDOW = rule("DeploymentWindow", MONDAYS)
ALARM = rule("CloudWatchAlarm", {"AlarmName": "errors", "WaitTime": "1"})


class Held:
    """A pipeline of one stage with conditions, run on a Sunday."""

    def __init__(self, cloud: Emulator) -> None:
        self.cloud = cloud
        self.clock = Clock(lambda: SUNDAY)
        self.approvals: list[datetime] = []
        store = {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
        cloud.inside("s3").create_bucket(Bucket="artifacts", **store)
        trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Statement": [trust]})
        made = cloud.client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=document)
        self.role = made["Role"]["Arn"]

    def alarm(self, state: str) -> None:
        """The alarm is in this state."""
        alarm_in(self.cloud, "errors", state)

    def run(self, **conditions: Any) -> Execution:
        """A run of a stage with the conditions."""

        def approve(_: object) -> ApprovalDecision:
            self.approvals.append(self.clock.now())
            return ApprovalDecision(approved=True)

        kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
        actions = [{"name": "Ask", "actionTypeId": kind, "runOrder": 1, "configuration": {}}]
        pipeline = {
            "name": "orders",
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [
                {"name": "Source", "actions": actions},
                {"name": "Window", "actions": actions, **conditions},
            ],
            "version": 1,
        }
        client = self.cloud.inside("codepipeline")
        if "orders" not in [each["name"] for each in client.list_pipelines()["pipelines"]]:
            client.create_pipeline(pipeline=pipeline)
        world = RunContext(cloud=self.cloud, tools=Tools("", ()), approver=approve, clock=self.clock)
        history = self.cloud.memory(PipelineHistory)
        execution = pipeline_run.start(f"00000000-0000-4000-8000-{len(history.runs):012}", pipeline)
        history.add(world, execution)
        pipeline_run.run(world, execution, tell=lambda _: None)
        return execution

    def state(self) -> Any:
        """The state of the stage, as GetPipelineState shows it."""
        return self.cloud.inside("codepipeline").get_pipeline_state(name="orders")["stageStates"][1]


@pytest.fixture
def held() -> Iterator[Held]:
    """In an emulated AWS."""
    with emulator() as cloud:
        yield Held(cloud)


def test_a_run_waits_until_the_window_opens(held: Held) -> None:
    """No action of the stage begins before; meanwhile the state shows the wait."""
    seen: list[Any] = []
    held.clock.meanwhile = lambda: seen.append(held.state()["beforeEntryConditionState"])
    assert "Succeeded" == held.run(beforeEntry=condition(WINDOW)).status
    assert [SUNDAY, datetime(2026, 11, 30, 8, 0, tzinfo=timezone.utc)] == held.approvals
    assert "InProgress" == seen[0]["latestExecution"]["status"]
    after = held.state()["beforeEntryConditionState"]["conditionStates"][0]["ruleStates"][0]
    assert ("DeploymentWindow", "Succeeded") == (after["ruleName"], after["latestExecution"]["status"])
    assert "the window opened on 2026-11-30 09:00 Europe/Berlin" == after["latestExecution"]["summary"]


def test_in_the_window_a_run_does_not_wait(held: Held) -> None:
    """The window is open on Sundays."""
    held.run(beforeEntry=condition(rule("DeploymentWindow", {"Cron": "* * 9-16 ? * SUN"})))
    assert [SUNDAY, SUNDAY] == held.approvals


@pytest.mark.parametrize(
    ("configuration", "more", "error"),
    [
        ({"Cron": "* * 9 30 2 ?"}, {}, "the window * * 9 30 2 ? never opens"),
        ({"Cron": "* * 9 ? * MON", "TimeZone": "Europe/Berln"}, {}, "there is no time zone Europe/Berln"),
        ({"Cron": "9-17 ? * MON"}, {}, "'9-17 ? * MON': allowed are 6 or 7 fields"),
        (MONDAYS, {"timeoutInMinutes": 60}, "the window does not open within 60 minutes"),
    ],
)
def test_a_window_that_does_not_open_fails_the_run(
    held: Held, configuration: dict[str, str], more: dict[str, int], error: str
) -> None:
    """With one line, and without any action of the stage."""
    execution = held.run(beforeEntry=condition(rule("DeploymentWindow", configuration, **more)))
    [failure] = execution.failures
    assert ("Failed", ["Source"], "DeploymentWindow") == (execution.status, execution.succeeded, failure.name)
    assert failure.error.startswith(error)
    assert [SUNDAY] == held.approvals


def test_an_alarm_next_to_the_window_is_not_evaluated_again(held: Held) -> None:
    """It goes off while the run waits, and the run enters nevertheless."""
    held.alarm("OK")
    held.clock.meanwhile = lambda: held.alarm("ALARM")
    assert "Succeeded" == held.run(beforeEntry=condition(WINDOW, ALARM)).status


@pytest.mark.parametrize(
    ("meanwhile", "state", "status"),
    [
        ("OK", "OK", "Succeeded"),
        ("INSUFFICIENT_DATA", "OK", "Succeeded"),
        ("ALARM", "OK", "Failed"),
        ("OK", "ALARM", "Failed"),
    ],
)
def test_an_alarm_at_the_end_of_the_stage_is_evaluated_when_the_window_is_open(
    held: Held, meanwhile: str, state: str, status: str
) -> None:
    """It must be off then, and a minute later."""
    held.alarm("OK")
    states = iter([meanwhile, state])
    held.clock.meanwhile = lambda: held.alarm(next(states))
    execution = held.run(beforeEntry=condition(WINDOW), onSuccess=condition(ALARM))
    assert status == execution.status
    errors = [each.error for each in execution.failures]
    assert (["the alarm errors is in the state ALARM"] if status == "Failed" else []) == errors


@pytest.mark.parametrize(("later", "status"), [("OK", "Succeeded"), ("ALARM", "Failed")])
def test_at_the_entry_an_alarm_has_time_to_go_off(held: Held, later: str, status: str) -> None:
    """As long as WaitTime says."""
    held.alarm("ALARM")
    held.clock.meanwhile = lambda: held.alarm(later)
    assert status == held.run(beforeEntry=condition(ALARM)).status


def test_an_alarm_that_does_not_exist_holds_the_run(held: Held) -> None:
    """It is not off."""
    [failure] = held.run(onSuccess=condition(ALARM)).failures
    assert "there is no alarm errors" == failure.error


def override(held: Held, kind: str) -> Callable[[], None]:
    """The action of a person while the last run waits."""

    def call() -> None:
        execution = held.cloud.memory(PipelineHistory).runs[-1].execution
        held.cloud.inside("codepipeline").override_stage_condition(
            pipelineName="orders", stageName="Window", pipelineExecutionId=execution.id, conditionType=kind
        )

    return call


def test_a_person_overrides_the_window(held: Held) -> None:
    """The run continues at once."""
    held.clock.meanwhile = override(held, "BEFORE_ENTRY")
    execution = held.run(beforeEntry=condition(WINDOW))
    assert ("Succeeded", [SUNDAY, SUNDAY]) == (execution.status, held.approvals)
    with pytest.raises(ClientError, match="ConditionNotOverridable"):
        override(held, "BEFORE_ENTRY")()


def test_another_condition_than_the_one_that_is_evaluated_is_not_overridden(held: Held) -> None:
    """The run has not come to the end of the stage."""
    held.clock.meanwhile = override(held, "ON_SUCCESS")
    [failure] = held.run(beforeEntry=condition(WINDOW)).failures
    assert "evaluates no condition ON_SUCCESS of Window" in failure.error


def test_rules_are_listed_apart_from_actions(held: Held) -> None:
    """By ListRuleExecutions, and not by ListActionExecutions."""
    held.run(beforeEntry=condition(WINDOW))
    client = held.cloud.inside("codepipeline")
    [found] = client.list_rule_executions(pipelineName="orders")["ruleExecutionDetails"]
    assert ("Window", "DeploymentWindow", "Succeeded") == (found["stageName"], found["ruleName"], found["status"])
    listed = client.list_action_executions(pipelineName="orders")["actionExecutionDetails"]
    assert ["Ask", "Ask"] == [each["actionName"] for each in listed]


def test_a_stage_that_a_condition_failed_is_not_retried(held: Held) -> None:
    """Retries are about failed actions."""
    held.alarm("ALARM")
    execution = held.run(onSuccess=condition(ALARM))
    structure = held.cloud.inside("codepipeline").get_pipeline(name="orders")["pipeline"]
    with pytest.raises(Exception, match="has not failed"):
        pipeline_history.retry(held.cloud.memory(PipelineHistory), structure, "Window", execution.id)


@pytest.mark.parametrize(
    "more",
    [
        {"beforeEntry": condition(WINDOW, result="SKIP")},
        {"beforeEntry": condition(rule("LambdaInvoke", {}))},
        {"beforeEntry": condition({**WINDOW, "commands": ["true"]})},
        {"beforeEntry": condition(WINDOW), "onFailure": {"result": "ROLLBACK"}},
    ],
)
def test_parts_that_are_not_evaluated_are_an_error(held: Held, more: dict[str, Any]) -> None:
    """Nothing passes for done that was not."""
    with pytest.raises(NotImplementedError, match="stage Window: not run here"):
        held.run(**more)
