"""Starts of pipelines: moto takes each one, CodePipeline looks at what it is started with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.codepipeline.exceptions import PipelineNotFoundException
from moto.codepipeline.models import codepipeline_backends

from generator.emulator.service import Desk, Operation, RefusedError


def _start(desk: Desk) -> Mapping[str, Any]:
    """The id of the new run.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
    """
    backend = codepipeline_backends[desk.call.account][desk.call.region]
    asked = desk.call.parameters
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


OPERATIONS: dict[str, Operation] = {"codepipeline:StartPipelineExecution": _start}
