"""AWS CodePipeline: moto checks neither limits nor starts of pipelines, and lacks runs, jobs and approvals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.codepipeline.exceptions import PipelineNotFoundException
from moto.codepipeline.models import CodePipelineBackend, codepipeline_backends

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs import pipeline_history
from generator.emulator.runs.inbox import Inbox, Question
from generator.emulator.runs.pipeline_history import PipelineHistory

# Of a value in an action's configuration, with its variables not yet resolved.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
LONGEST_VALUE = 1000


def _backend(context: OperationContext) -> CodePipelineBackend:
    return context.backend(codepipeline_backends)


def _create(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_CreatePipeline.html."""
    pipeline, backend = context.call.parameters["pipeline"], _backend(context)
    _check_configuration(pipeline)
    if pipeline["name"] in backend.pipelines:
        raise RefusedError(
            f"A pipeline with the name '{pipeline['name']}' already exists in account '{context.call.account}'",
            "PipelineNameInUseException",
        )
    made, tags = backend.create_pipeline(pipeline, context.call.parameters.get("tags") or [])
    return {"pipeline": made, "tags": tags}


def _update(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_UpdatePipeline.html."""
    pipeline = context.call.parameters["pipeline"]
    _check_configuration(pipeline)
    return {"pipeline": _backend(context).update_pipeline(pipeline)}


def _check_configuration(pipeline: Mapping[str, Any]) -> None:
    """Refuse values that are too long, or empty, with CodePipeline's messages (aws/aws-cdk#12747)."""
    wrong = [
        f"Value at 'pipeline.stages.{stage_number}.member.actions.{action_number}.member.configuration' failed to"
        " satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to"
        f" {LONGEST_VALUE}, Member must have length greater than or equal to 1]"
        for stage_number, stage in enumerate(pipeline["stages"], 1)
        for action_number, action in enumerate(stage["actions"], 1)
        if any(not 1 <= len(value) <= LONGEST_VALUE for value in (action.get("configuration") or {}).values())
    ]
    if wrong:
        count = f"{len(wrong)} validation error{'s' * (len(wrong) > 1)} detected"
        raise RefusedError(f"{count}: {'; '.join(wrong)}", "ValidationException")


def _start(context: OperationContext) -> Mapping[str, Any]:
    """The id of the new run.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
    """
    backend, asked = _backend(context), context.call.parameters
    pipeline = _pipeline(context, "name")
    if wrong := list(_wrong(pipeline, asked)):
        raise RefusedError(f"{asked['name']}: {', '.join(wrong)}", "ValidationException")
    return {"pipelineExecutionId": backend.start_pipeline_execution(asked["name"], asked.get("variables"))}


def _pipeline(context: OperationContext, parameter: str = "pipelineName") -> Mapping[str, Any]:
    """The structure of the pipeline that the call names."""
    try:
        pipeline, _ = _backend(context).get_pipeline(context.call.parameters[parameter])
    except PipelineNotFoundException as error:
        raise RefusedError(error.message, "PipelineNotFoundException") from None
    return dict(pipeline)


def _wrong(pipeline: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html."""
    revisions, variables = asked.get("sourceRevisions") or (), asked.get("variables") or ()
    if revisions and pipeline.get("pipelineType") != "V2":
        yield "source revisions need pipeline type V2"
    sources = {action["name"] for action in pipeline["stages"][0]["actions"]}
    declared = {variable["name"] for variable in pipeline.get("variables") or ()}
    yield from (f"no source action {each['actionName']}" for each in revisions if each["actionName"] not in sources)
    yield from (f"no variable {each['name']}" for each in variables if each["name"] not in declared)


def _put_job_result(context: OperationContext) -> Mapping[str, Any]:
    """The result of a job, which a function or worker reports.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobSuccessResult.html
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobFailureResult.html
    """
    given = context.call.parameters
    codes = {"unknown": "JobNotFoundException", "late": "InvalidJobStateException"}
    context.memory(Inbox).put(Question(given["jobId"]), given, **codes)
    return {}


def _put_approval_result(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html."""
    given = context.call.parameters
    question = Question(given["token"], tuple(given[name] for name in ("pipelineName", "stageName", "actionName")))
    codes = {"unknown": "InvalidApprovalTokenException", "late": "ApprovalAlreadyCompletedException"}
    context.memory(Inbox).put(question, given, **codes)
    return {}


def _state(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html."""
    pipeline = _pipeline(context, "name")
    stages = pipeline_history.states(context.memory(PipelineHistory), context.memory(Inbox), pipeline)
    return {"pipelineName": pipeline["name"], "pipelineVersion": pipeline["version"], "stageStates": list(stages)}


def _get_execution(context: OperationContext) -> Mapping[str, Any]:
    """A run that a call has started has an id at once, and is run when it is followed.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineExecution.html
    """
    name, wanted = _pipeline(context)["name"], context.call.parameters["pipelineExecutionId"]
    started = _backend(context).pipelines[name].executions
    history = context.memory(PipelineHistory)
    if wanted in started and not any(each.execution.id == wanted for each in history.runs):
        return {
            "pipelineExecution": {"pipelineName": name, "pipelineExecutionId": wanted, "status": "InProgress"},
        }
    return {"pipelineExecution": pipeline_history.whole(history.find(name, wanted).execution)}


def _list_executions(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelineExecutions.html."""
    found = pipeline_history.summaries(context.memory(PipelineHistory), _pipeline(context)["name"])
    return {"pipelineExecutionSummaries": list(found)}


def _list_actions(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionExecutions.html."""
    one = (context.call.parameters.get("filter") or {}).get("pipelineExecutionId", "")
    found = pipeline_history.details(context.memory(PipelineHistory), _pipeline(context)["name"], one)
    return {"actionExecutionDetails": list(found)}


def _list_rules(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListRuleExecutions.html."""
    one = (context.call.parameters.get("filter") or {}).get("pipelineExecutionId", "")
    found = pipeline_history.rule_details(context.memory(PipelineHistory), _pipeline(context)["name"], one)
    return {"ruleExecutionDetails": list(found)}


def _override(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_OverrideStageCondition.html."""
    asked = context.call.parameters
    pipeline_history.override(
        context.memory(PipelineHistory),
        _pipeline(context),
        asked["stageName"],
        asked["pipelineExecutionId"],
        asked["conditionType"],
    )
    return {}


def _retry(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RetryStageExecution.html."""
    asked = context.call.parameters
    if asked["retryMode"] != "FAILED_ACTIONS":
        raise NotImplementedError(f"the retry mode {asked['retryMode']} is not run here")
    execution = pipeline_history.retry(
        context.memory(PipelineHistory), _pipeline(context), asked["stageName"], asked["pipelineExecutionId"]
    )
    return {"pipelineExecutionId": execution.id}


def _roll_back(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RollbackStage.html."""
    asked = context.call.parameters
    execution = pipeline_history.roll_back(
        context.memory(PipelineHistory), _pipeline(context), asked["stageName"], asked["targetPipelineExecutionId"]
    )
    return {"pipelineExecutionId": execution.id}


def _stop(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html."""
    asked = context.call.parameters
    if asked.get("abandon"):
        raise NotImplementedError("a run whose actions are abandoned is not emulated")
    pipeline_history.stop(context.memory(PipelineHistory), _pipeline(context), asked["pipelineExecutionId"])
    return {"pipelineExecutionId": asked["pipelineExecutionId"]}


OPERATIONS: dict[str, Operation] = {
    "codepipeline:CreatePipeline": _create,
    "codepipeline:GetPipelineExecution": _get_execution,
    "codepipeline:GetPipelineState": _state,
    "codepipeline:ListActionExecutions": _list_actions,
    "codepipeline:ListPipelineExecutions": _list_executions,
    "codepipeline:ListRuleExecutions": _list_rules,
    "codepipeline:OverrideStageCondition": _override,
    "codepipeline:PutApprovalResult": _put_approval_result,
    "codepipeline:PutJobFailureResult": _put_job_result,
    "codepipeline:PutJobSuccessResult": _put_job_result,
    "codepipeline:RetryStageExecution": _retry,
    "codepipeline:RollbackStage": _roll_back,
    "codepipeline:StartPipelineExecution": _start,
    "codepipeline:StopPipelineExecution": _stop,
    "codepipeline:UpdatePipeline": _update,
}
