"""The runs of pipelines as CodePipeline shows them, and runs that are retried or rolled back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from generator.cloudformation.refusals import RefusedError
from generator.emulator.runs import pipeline_run, stage_conditions
from generator.emulator.runs.action import RunContext
from generator.emulator.runs.inbox import Inbox
from generator.emulator.runs.pipeline_run import ActionResult, Execution, RunTrigger


class RecordedRun(NamedTuple):
    """A run, and the environment of its actions for when it continues."""

    execution: Execution
    world: RunContext


@dataclass
class PipelineHistory:
    """Every run of a region, in the order in which they started."""

    runs: list[RecordedRun] = field(default_factory=list)

    def add(self, world: RunContext, execution: Execution) -> None:
        """Keep a run, unless it is known already."""
        if all(each.execution is not execution for each in self.runs):
            self.runs.append(RecordedRun(execution, world))

    def of(self, pipeline: str) -> list[Execution]:
        """The runs of a pipeline, the newest one last."""
        return [each.execution for each in self.runs if each.execution.pipeline["name"] == pipeline]

    def others(self, execution: Execution) -> list[Execution]:
        """The other runs of its pipeline, the newest one last."""
        return [each for each in self.of(execution.pipeline["name"]) if each is not execution]

    def find(self, pipeline: str, execution_id: str) -> RecordedRun:
        """The run of that id; RefusedError if the pipeline has none."""
        for each in self.runs:
            if (each.execution.pipeline["name"], each.execution.id) == (pipeline, execution_id):
                return each
        raise RefusedError(
            f"The pipeline {pipeline} has no execution {execution_id}", "PipelineExecutionNotFoundException"
        )


def retry(history: PipelineHistory, pipeline: Mapping[str, Any], stage: str, execution_id: str) -> Execution:
    """Run a failed stage again, beginning with the actions that failed.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html
    """
    found = history.find(pipeline["name"], execution_id)
    _stage(pipeline, stage)
    execution = found.execution
    # No page says that a stage can be retried that a condition failed: retries are about failed actions.
    if stage not in [failure.stage for failure in execution.failures if not failure.condition]:
        raise RefusedError(f"The stage {stage} of {execution_id} has not failed", "StageNotRetryableException")
    if execution.pipeline.get("version") != pipeline.get("version"):
        raise RefusedError("The pipeline has changed since that execution", "NotLatestPipelineExecutionException")
    pipeline_run.run(found.world, execution, earlier=history.others(execution), tell=_silent)
    return execution


def roll_back(history: PipelineHistory, pipeline: Mapping[str, Any], stage: str, execution_id: str) -> Execution:
    """A new run of one stage, with the artifacts and variables of an earlier run that succeeded in it.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    target, world = history.find(pipeline["name"], execution_id)
    number = _stage(pipeline, stage)
    if target.pipeline.get("version") != pipeline.get("version"):
        raise RefusedError(
            "The target execution was started in another version of the pipeline", "PipelineExecutionOutdatedException"
        )
    if number == 0 or target.only or stage not in target.succeeded:
        raise RefusedError(
            f"Unable to roll back {stage} to {execution_id}, which has not succeeded in it, or is itself a rollback",
            "UnableToRollbackStageException",
        )
    execution = pipeline_run.repeated(str(uuid.uuid4()), target, stage, RunTrigger("ManualRollback"))
    history.add(world, execution)
    pipeline_run.run(world, execution, tell=_silent)
    return execution


def stop(history: PipelineHistory, pipeline: Mapping[str, Any], execution_id: str) -> None:
    """End a run after its actions in progress.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html
    """
    execution = history.find(pipeline["name"], execution_id).execution
    if not execution.running:
        raise RefusedError(f"{execution_id} has ended", "PipelineExecutionNotStoppableException")
    execution.stopped = True


def _silent(_result: ActionResult) -> None:
    """Do nothing, because the history itself shows the result."""


def _stage(pipeline: Mapping[str, Any], name: str) -> int:
    for number, stage in enumerate(pipeline["stages"]):
        if stage["name"] == name:
            return number
    raise RefusedError(f"The pipeline {pipeline['name']} has no stage {name}", "StageNotFoundException")


def summaries(history: PipelineHistory, pipeline: str) -> Iterator[dict[str, Any]]:
    """The runs of a pipeline, the newest first.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html
    """
    for execution in reversed(history.of(pipeline)):
        rollback = {"rollbackMetadata": {"rollbackTargetPipelineExecutionId": execution.target}}
        yield {
            "pipelineExecutionId": execution.id,
            "status": execution.status,
            "startTime": execution.started,
            "lastUpdateTime": _last(execution),
            "trigger": {"triggerType": execution.trigger.kind, "triggerDetail": execution.trigger.detail},
            "executionMode": execution.pipeline.get("executionMode", "SUPERSEDED"),
            "executionType": "ROLLBACK" if execution.only else "STANDARD",
            **(rollback if execution.only else {}),
        }


def details(history: PipelineHistory, pipeline: str, execution_id: str = "") -> Iterator[dict[str, Any]]:
    """The actions of the runs of a pipeline, or of one of them, the last one first.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    for execution in reversed(history.of(pipeline)):
        results = execution.results if execution_id in ("", execution.id) else []
        for result in reversed([each for each in results if not each.condition]):
            yield {
                "pipelineExecutionId": execution.id,
                "actionExecutionId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{execution.id}{result.stage}{result.name}")),
                "pipelineVersion": execution.pipeline.get("version", 1),
                "stageName": result.stage,
                "actionName": result.name,
                "lastUpdateTime": result.ended,
                "status": "Succeeded" if result.done else "Failed",
                "output": {"executionResult": _result(result), "outputArtifacts": _artifacts(result)},
            }


def _artifacts(result: ActionResult) -> list[dict[str, Any]]:
    outputs = result.done.outputs if result.done else {}
    return [{"name": name, "s3location": {"bucket": place.bucket, "key": place.key}} for name, place in outputs.items()]


def whole(execution: Execution) -> dict[str, Any]:
    """A run with the revisions of its sources: the digest of an image, the commit of a repository.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
    """
    sources = [
        each for each in execution.results if each.done and each.stage == execution.pipeline["stages"][0]["name"]
    ]
    revisions = [
        {"name": name, "revisionId": each.done.variables.get("ImageDigest") or each.done.revision}
        for each in sources
        if each.done
        for name in each.done.outputs
    ]
    return {
        "pipelineName": execution.pipeline["name"],
        "pipelineVersion": execution.pipeline.get("version", 1),
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "artifactRevisions": revisions,
        "variables": [
            {"name": name, "resolvedValue": value} for name, value in execution.namespaces.get("variables", {}).items()
        ],
        "executionMode": execution.pipeline.get("executionMode", "SUPERSEDED"),
        "executionType": "ROLLBACK" if execution.only else "STANDARD",
    }


def rule_details(history: PipelineHistory, pipeline: str, execution_id: str = "") -> Iterator[dict[str, Any]]:
    """The rules that the runs of a pipeline, or one of them, have evaluated, the last one first.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RuleExecutionDetail.html
    """
    for execution in reversed(history.of(pipeline)):
        results = execution.results if execution_id in ("", execution.id) else []
        for result in reversed([each for each in results if each.condition]):
            yield {
                "pipelineExecutionId": execution.id,
                "ruleExecutionId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{execution.id}{result.stage}{result.name}")),
                "pipelineVersion": execution.pipeline.get("version", 1),
                "stageName": result.stage,
                "ruleName": result.name,
                "lastUpdateTime": result.ended,
                "status": "Succeeded" if result.done else "Failed",
                "output": {"executionResult": _result(result)},
            }


def override(history: PipelineHistory, pipeline: Mapping[str, Any], stage: str, execution_id: str, kind: str) -> None:
    """Let a run pass a condition that is being evaluated.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_OverrideStageCondition.html
    """
    execution = history.find(pipeline["name"], execution_id).execution
    _stage(pipeline, stage)
    if execution.evaluates != (stage, kind):
        raise RefusedError(
            f"{execution_id} evaluates no condition {kind} of {stage}", "ConditionNotOverridableException"
        )
    execution.overridden.add((stage, kind))


def states(history: PipelineHistory, inbox: Inbox, pipeline: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The state of each stage of a pipeline: the newest run that has reached it.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StageState.html
    """
    for stage in pipeline["stages"]:
        name = stage["name"]
        came = [each for each in history.of(pipeline["name"]) if _has_come_to(each, name)]
        state: dict[str, Any] = {"stageName": name, "inboundTransitionState": {"enabled": True}}
        if came:
            state["latestExecution"] = {"pipelineExecutionId": came[-1].id, "status": _stage_status(came[-1], name)}
        for key, kind in stage_conditions.KINDS.items():
            if key in stage:
                state[f"{key}ConditionState"] = _condition(stage, key, kind, came)
        yield {
            **state,
            "actionStates": [
                _action(action["name"], came, name, inbox.open((pipeline["name"], name, action["name"])))
                for action in stage["actions"]
            ],
        }


def _condition(stage: Mapping[str, Any], key: str, kind: str, came: list[Execution]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StageConditionState.html."""
    results = {
        each.name: each
        for each in (came[-1].results if came else [])
        if (each.stage, each.condition) == (stage["name"], kind)
    }
    waits = bool(came) and came[-1].evaluates == (stage["name"], kind)
    rules: list[dict[str, Any]] = []
    for rule in stage_conditions.declared(stage, key):
        result = results.get(rule["name"])
        latest: dict[str, Any] = {}
        if result:
            latest = {"status": "Succeeded" if result.done else "Failed", "summary": _summary(result)}
        elif waits:
            latest = {"status": "InProgress"}
        rules.append({"ruleName": rule["name"], **({"latestExecution": latest} if latest else {})})
    whole = "InProgress" if waits else _whole(list(results.values()))
    shown = {"latestExecution": {"status": whole}} if whole else {}
    return {**shown, "conditionStates": [{**shown, "ruleStates": rules}]}


def _summary(result: ActionResult) -> str:
    return result.done.summary if result.done else result.error


def _whole(results: list[ActionResult]) -> str:
    if not results:
        return ""
    return "Succeeded" if all(each.done for each in results) else "Failed"


def _has_come_to(execution: Execution, stage: str) -> bool:
    return _next(execution) == stage or any(result.stage == stage for result in execution.results)


def _next(execution: Execution) -> str:
    """The stage that a run is in while it runs."""
    left = [stage["name"] for stage in execution.stages if stage["name"] not in execution.succeeded]
    return left[0] if execution.running and left else ""


def _stage_status(execution: Execution, stage: str) -> str:
    if _next(execution) == stage:
        return "InProgress"
    if stage in execution.succeeded:
        return "Succeeded"
    return "Stopped" if execution.stopped else "Failed"


def _action(name: str, came: list[Execution], stage: str, token: str) -> dict[str, Any]:
    if token:
        return {"actionName": name, "latestExecution": {"status": "InProgress", "token": token}}
    results = came[-1].results if came else []
    found = [each for each in results if (each.stage, each.name, each.condition) == (stage, name, "")]
    if not found:
        return {"actionName": name}
    shown = _result(found[-1])
    status = "Succeeded" if found[-1].done else "Failed"
    summary = shown.pop("externalExecutionSummary", "")
    latest = {"status": status, "summary": summary, "lastStatusChange": found[-1].ended, **shown}
    return {"actionName": name, "latestExecution": latest}


def _result(result: ActionResult) -> dict[str, Any]:
    shown: dict[str, Any] = {"externalExecutionId": result.external} if result.external else {}
    if result.done:
        return {**shown, "externalExecutionSummary": result.done.summary}
    return {**shown, "errorDetails": {"code": "JobFailed", "message": result.error}}


def _last(execution: Execution) -> datetime:
    return execution.results[-1].ended if execution.results else execution.started
