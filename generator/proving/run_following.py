"""The run that a push starts: followed and approved until its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.errors import GeneratorError
from generator.proving.prove_scope import PREFIX, REPOSITORY
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import once
from generator.proving.throwaway_stacks import pauses

RECORD = f"/ecr-pipeline/{PREFIX}/release/image"
RECORDS = f"/ecr-pipeline/{PREFIX}"
_BY_EVENT = "CloudWatchEvent"
_START_SECONDS, _RUN_SECONDS = 300, 2400


@dataclass(frozen=True, kw_only=True)
class FollowedRun:
    """A run that has ended."""

    id: str
    status: str
    revision: str
    """The digest with which it was started."""
    actions: Sequence[Mapping[str, Any]] = field(repr=False)
    """The actions as ListActionExecutions shows them, in the order of their execution."""
    recorded: str
    """The image in its record, "" if there is none."""

    def action(self, stage: str, name: str) -> Mapping[str, Any]:
        """An action, or an empty mapping if the run did not reach it."""
        found = (each for each in self.actions if (each["stageName"], each["actionName"]) == (stage, name))
        return next(found, {})

    def error(self) -> str:
        """The first action that failed, with its reason."""
        failed = (each for each in self.actions if each["status"] == "Failed")
        return next((f"{each['stageName']}/{each['actionName']}: {summary(each)}" for each in failed), "")


def summary(action: Mapping[str, Any]) -> str:
    """CodePipeline's summary of an action's result."""
    result = action.get("output", {}).get("executionResult", {})
    return str(result.get("externalExecutionSummary") or result.get("errorDetails", {}).get("message", "no reason"))


def runs(site: ProvingSite) -> tuple[str, ...]:
    """The ids of the runs that events have started. An earlier pipeline of that name may have had some."""
    listed = site.aws.call("codepipeline", "list-pipeline-executions", "--pipeline-name", PREFIX)
    return tuple(
        str(each["pipelineExecutionId"])
        for each in listed["pipelineExecutionSummaries"]
        if each.get("trigger", {}).get("triggerType") == _BY_EVENT
    )


def follow(site: ProvingSite, before: Sequence[str]) -> FollowedRun:
    """Wait for a new run, approve it, wait for its end. GeneratorError if there is none."""
    site.progress("waiting for the run that the push starts")
    execution = _started(site, before)
    for pause in pauses(_RUN_SECONDS):
        run = site.aws.call(
            *("codepipeline", "get-pipeline-execution", "--pipeline-name", PREFIX),
            *("--pipeline-execution-id", execution),
        )["pipelineExecution"]
        if run["status"] != "InProgress":
            return _followed(site, execution, run)
        _approve(site, execution)
        site.pause(pause)
    raise GeneratorError(f"the run {execution} has not ended in {_RUN_SECONDS // 60} minutes")


def _started(site: ProvingSite, before: Sequence[str]) -> str:
    """The id of the run. CodePipeline also starts one when the pipeline is created, which gets no image and fails."""
    for pause in pauses(_START_SECONDS):
        if new := [each for each in runs(site) if each not in before]:
            return new[0]
        site.pause(pause)
    raise GeneratorError(f"the push has started no run in {_START_SECONDS // 60} minutes")


def _approve(site: ProvingSite, execution: str) -> None:
    """Approve the run, if it waits for that."""
    state = site.aws.call("codepipeline", "get-pipeline-state", "--name", PREFIX)
    for stage in state["stageStates"]:
        if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
            continue
        for action in stage.get("actionStates", []):
            token = action.get("latestExecution", {}).get("token", "")
            if token and action["latestExecution"].get("status") == "InProgress":
                site.progress("approving the run")
                once(
                    site,
                    "ApprovalAlreadyCompletedException",
                    *("codepipeline", "put-approval-result", "--pipeline-name", PREFIX),
                    *("--stage-name", stage["stageName"], "--action-name", action["actionName"], "--token", token),
                    *("--result", "summary=by ecr-pipeline prove,status=Approved"),
                )


def _followed(site: ProvingSite, execution: str, run: Mapping[str, Any]) -> FollowedRun:
    listed = site.aws.call(
        *("codepipeline", "list-action-executions", "--pipeline-name", PREFIX),
        *("--filter", f"pipelineExecutionId={execution}"),
    )["actionExecutionDetails"]
    found = site.aws.call("ssm", "get-parameters", "--names", RECORD)["Parameters"]
    revisions = [str(each.get("revisionId", "")) for each in run.get("artifactRevisions", [])]
    return FollowedRun(
        id=execution,
        status=str(run["status"]),
        revision="".join(revisions[:1]),
        actions=tuple(reversed(listed)),
        recorded="".join(str(each["Value"]) for each in found),
    )


def tagged_digest(site: ProvingSite, tag: str) -> str:
    """The digest of the image with a tag, "" if there is none."""
    described = site.aws.call("ecr", "describe-images", "--repository-name", REPOSITORY)["imageDetails"]
    return next((str(each["imageDigest"]) for each in described if tag in each.get("imageTags", [])), "")
