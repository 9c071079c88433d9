"""Pipelines as CodePipeline takes them: moto checks neither their limits nor what they are started with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.codepipeline.exceptions import PipelineNotFoundException
from moto.codepipeline.models import CodePipelineBackend, codepipeline_backends

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation

# Of a value in an action's configuration, with its variables not yet resolved.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
LONGEST_VALUE = 1000


def _backend(desk: Desk) -> CodePipelineBackend:
    return codepipeline_backends[desk.call.account][desk.call.region]


def _create(desk: Desk) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_CreatePipeline.html."""
    pipeline, backend = desk.call.parameters["pipeline"], _backend(desk)
    _check_configuration(pipeline)
    if pipeline["name"] in backend.pipelines:
        raise RefusedError(
            f"A pipeline with the name '{pipeline['name']}' already exists in account '{desk.call.account}'",
            "PipelineNameInUseException",
        )
    made, tags = backend.create_pipeline(pipeline, desk.call.parameters.get("tags") or [])
    return {"pipeline": made, "tags": tags}


def _update(desk: Desk) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_UpdatePipeline.html."""
    pipeline = desk.call.parameters["pipeline"]
    _check_configuration(pipeline)
    return {"pipeline": _backend(desk).update_pipeline(pipeline)}


def _check_configuration(pipeline: Mapping[str, Any]) -> None:
    """Refuse values that are too long, or empty, in the words of CodePipeline (aws/aws-cdk#12747)."""
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


def _start(desk: Desk) -> Mapping[str, Any]:
    """The id of the new run.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
    """
    backend, asked = _backend(desk), desk.call.parameters
    try:
        pipeline, _ = backend.get_pipeline(asked["name"])
    except PipelineNotFoundException as error:
        raise RefusedError(error.message, "PipelineNotFoundException") from None
    if wrong := list(_wrong(pipeline, asked)):
        raise RefusedError(f"{asked['name']}: {', '.join(wrong)}", "ValidationException")
    return {"pipelineExecutionId": backend.start_pipeline_execution(asked["name"], asked.get("variables"))}


def _wrong(pipeline: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html."""
    revisions, variables = asked.get("sourceRevisions") or (), asked.get("variables") or ()
    if revisions and pipeline.get("pipelineType") != "V2":
        yield "source revisions need pipeline type V2"
    sources = {action["name"] for action in pipeline["stages"][0]["actions"]}
    declared = {variable["name"] for variable in pipeline.get("variables") or ()}
    yield from (f"no source action {each['actionName']}" for each in revisions if each["actionName"] not in sources)
    yield from (f"no variable {each['name']}" for each in variables if each["name"] not in declared)


OPERATIONS: dict[str, Operation] = {
    "codepipeline:CreatePipeline": _create,
    "codepipeline:StartPipelineExecution": _start,
    "codepipeline:UpdatePipeline": _update,
}
