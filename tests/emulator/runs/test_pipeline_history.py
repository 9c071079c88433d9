"""Runs in CodePipeline's API: how it shows them, and operations on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.tools import Tools
from generator.emulator.runs import pipeline_run
from generator.emulator.runs.action import ApprovalDecision, ApprovalRequest, RunContext
from generator.emulator.runs.pipeline_history import PipelineHistory
from generator.emulator.runs.pipeline_run import Execution, RunTrigger

NAME = "orders"
TRUST = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
)


@dataclass
class Office:
    """A pipeline of approvals in an emulated AWS: an approver answers, and may do something before that."""

    cloud: Emulator
    answers: dict[str, bool] = field(default_factory=dict)
    before: Callable[[ApprovalRequest], None] = lambda _: None
    asked: list[str] = field(default_factory=list)

    @property
    def api(self) -> Any:
        """CodePipeline."""
        return self.cloud.inside("codepipeline")

    def approve(self, request: ApprovalRequest) -> ApprovalDecision:
        """Say what `answers` has for the action, otherwise yes."""
        self.asked.append(f"{request.stage}/{request.action}")
        self.before(request)
        return ApprovalDecision(approved=self.answers.get(request.action, True), summary="seen")

    def run(self, execution_id: str) -> Execution:
        """A run, to its end."""
        structure = self.api.get_pipeline(name=NAME)["pipeline"]
        execution = pipeline_run.start(execution_id, structure, trigger=RunTrigger("CloudWatchEvent", "a rule"))
        world = RunContext(cloud=self.cloud, tools=Tools("", ()), approver=self.approve)
        self.cloud.memory(PipelineHistory).add(world, execution)
        pipeline_run.run(world, execution, tell=lambda _: None)
        return execution

    def statuses(self) -> dict[str, str]:
        """Of each stage that a run has come to, its status."""
        states = self.api.get_pipeline_state(name=NAME)["stageStates"]
        return {each["stageName"]: each["latestExecution"]["status"] for each in states if "latestExecution" in each}


def _stage(name: str, *actions: str) -> dict[str, Any]:
    kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    return {"name": name, "actions": [{"name": each, "actionTypeId": kind, "runOrder": 1} for each in actions]}


def _structure(*stages: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": NAME,
        "roleArn": "arn:aws:iam::111122223333:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [*stages],
        "pipelineType": "V2",
    }


STAGES = (_stage("First", "Begin"), _stage("Production", "Deploy", "Record"))


@pytest.fixture
def office() -> Iterator[Office]:
    """The pipeline, which has not run yet."""
    with emulator() as cloud:
        cloud.inside("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=TRUST)
        place = {"LocationConstraint": cloud.region}
        cloud.inside("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration=place)
        cloud.inside("codepipeline").create_pipeline(pipeline=_structure(*STAGES))
        yield Office(cloud)


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_runs_are_listed_the_newest_first(office: Office) -> None:
    """With their status and their trigger; those of another pipeline are not among them."""
    office.run("run-1")
    office.answers["Deploy"] = False
    office.run("run-2")
    listed = office.api.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
    assert [("run-2", "Failed"), ("run-1", "Succeeded")] == [
        (each["pipelineExecutionId"], each["status"]) for each in listed
    ]
    assert {"triggerType": "CloudWatchEvent", "triggerDetail": "a rule"} == listed[0]["trigger"]
    assert "PipelineNotFoundException" == _code(lambda: office.api.list_pipeline_executions(pipelineName="other"))


def test_actions_are_listed_with_their_messages(office: Office) -> None:
    """The last one first, of one run if the call names it."""
    office.answers["Deploy"] = False
    for run in ("run-1", "run-2"):
        office.run(run)
    listed = office.api.list_action_executions(pipelineName=NAME, filter={"pipelineExecutionId": "run-2"})
    actions = {each["actionName"]: each for each in listed["actionExecutionDetails"]}
    assert {"Begin": "Succeeded", "Deploy": "Failed", "Record": "Succeeded"} == {
        name: each["status"] for name, each in actions.items()
    }
    assert "Begin" == listed["actionExecutionDetails"][-1]["actionName"]
    assert "rejected" in actions["Deploy"]["output"]["executionResult"]["errorDetails"]["message"]
    assert 6 == len(office.api.list_action_executions(pipelineName=NAME)["actionExecutionDetails"])


def test_the_state_shows_the_token_of_an_open_approval(office: Office) -> None:
    """While it is open, its stage is in progress, and stages that no run has come to show nothing."""
    seen: list[tuple[dict[str, str], str]] = []

    def look(request: ApprovalRequest) -> None:
        [first, _] = office.api.get_pipeline_state(name=NAME)["stageStates"]
        token = first["actionStates"][0]["latestExecution"].get("token", "")
        seen.append((office.statuses(), "same" if token == request.token else token))

    office.before = look
    office.run("run-1")
    assert ({"First": "InProgress"}, "same") == seen[0]
    assert ({"First": "Succeeded", "Production": "InProgress"}, "") == seen[-1]
    assert {"First": "Succeeded", "Production": "Succeeded"} == office.statuses()


def test_a_failed_stage_is_retried(office: Office) -> None:
    """From the action that failed. A stage that has not failed is not."""
    office.answers["Deploy"] = False
    office.run("run-1")
    office.answers.clear()
    office.asked.clear()
    retried = {"pipelineName": NAME, "pipelineExecutionId": "run-1", "retryMode": "FAILED_ACTIONS"}
    assert "StageNotRetryableException" == _code(lambda: office.api.retry_stage_execution(stageName="First", **retried))
    assert "StageNotFoundException" == _code(lambda: office.api.retry_stage_execution(stageName="Other", **retried))
    office.api.retry_stage_execution(stageName="Production", **retried)
    assert ["Production/Deploy"] == office.asked
    assert {"First": "Succeeded", "Production": "Succeeded"} == office.statuses()


def test_a_stage_is_rolled_back_to_an_earlier_run(office: Office) -> None:
    """As a run of its own, which repeats this stage and no other."""
    office.run("run-1")
    office.run("run-2")
    office.asked.clear()
    back = {"pipelineName": NAME, "targetPipelineExecutionId": "run-1"}
    execution = office.api.rollback_stage(stageName="Production", **back)["pipelineExecutionId"]
    assert {"Production/Deploy", "Production/Record"} == {*office.asked}
    newest = office.api.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"][0]
    assert (execution, "Succeeded", "ROLLBACK", "ManualRollback") == (
        newest["pipelineExecutionId"],
        newest["status"],
        newest["executionType"],
        newest["trigger"]["triggerType"],
    )
    assert {"rollbackTargetPipelineExecutionId": "run-1"} == newest["rollbackMetadata"]


def test_an_invalid_target_of_a_rollback_is_refused(office: Office) -> None:
    """The first stage, a run that has failed there, a rollback, an unknown run, a run of another structure."""

    def code(target: str, stage: str = "Production") -> str:
        asked = {"pipelineName": NAME, "stageName": stage, "targetPipelineExecutionId": target}
        return _code(lambda: office.api.rollback_stage(**asked))

    office.run("run-1")
    rollback = office.api.rollback_stage(pipelineName=NAME, stageName="Production", targetPipelineExecutionId="run-1")[
        "pipelineExecutionId"
    ]
    office.answers["Deploy"] = False
    office.run("run-2")
    assert "UnableToRollbackStageException" == code("run-1", "First")
    assert "UnableToRollbackStageException" == code("run-2")
    assert "UnableToRollbackStageException" == code(rollback)
    assert "PipelineExecutionNotFoundException" == code("run-3")
    office.api.update_pipeline(pipeline=_structure(*STAGES, _stage("More", "Look")))
    assert "PipelineExecutionOutdatedException" == code("run-1")


def test_a_run_is_stopped_after_its_actions_in_progress(office: Office) -> None:
    """The next stage does not begin. A run that has ended cannot be stopped."""

    def stop(_request: ApprovalRequest) -> None:
        office.api.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId="run-1", reason="wrong image")

    office.before = stop
    execution = office.run("run-1")
    assert ("Stopped", ["First/Begin"]) == (execution.status, office.asked)
    asked = {"pipelineName": NAME, "pipelineExecutionId": "run-1"}
    assert "PipelineExecutionNotStoppableException" == _code(lambda: office.api.stop_pipeline_execution(**asked))
