"""Run a deployed pipeline: stage after stage, action after action, as CodePipeline does.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import groupby
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from generator.emulator.front.answers import reason
from generator.emulator.programs import children
from generator.emulator.runs import actions, stage_conditions
from generator.emulator.runs.action import ActionError, Done, Provider, RunContext, Step
from generator.emulator.runs.artifact_store import ArtifactLocation, Store
from generator.emulator.runs.known_parts import refuse_unknown
from generator.model.discovery import merged


@functools.cache
def providers() -> dict[tuple[str, str], Provider]:
    """The functions that run actions, by category and provider."""
    return merged(actions, "PROVIDERS")


# With variables resolved: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
MOST_BYTES = 100 * 1024
# No page says that the text of an approval may grow once its variables are resolved, so it must not.
MOST_CHARACTERS = {"CustomData": 1000}
_REFERENCE = re.compile(r"#\{([^.{}]+)\.([^{}]+)\}")


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, kw_only=True)
class ActionResult:
    """The result of one action, or of one rule of a condition."""

    stage: str
    name: str
    provider: str
    seconds: float
    done: Done | None
    """None if the action failed."""
    error: str = ""
    external: str = ""
    """The id of the build, execution, ... that the provider started for it."""
    condition: str = ""
    """For a rule, the condition that it belongs to: BEFORE_ENTRY or ON_SUCCESS."""
    ended: datetime = field(default_factory=_now)


class RunTrigger(NamedTuple):
    """The trigger of a run: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html."""

    kind: str
    detail: str = ""


BY_HAND = RunTrigger("StartPipelineExecution")


@dataclass(kw_only=True)
class Execution:
    """One run of a pipeline, and its results so far."""

    id: str
    pipeline: Mapping[str, Any]
    """The structure as GetPipeline returns it."""
    revisions: Mapping[str, str] = field(default_factory=dict)
    """The revision of each source action that was named at the start."""
    namespaces: dict[str, Mapping[str, str]] = field(default_factory=dict)
    artifacts: dict[str, ArtifactLocation] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    """The commit ids of artifacts that are commits."""
    results: list[ActionResult] = field(default_factory=list)
    """Every action that was run, in the order of their ends. A retried one appears twice."""
    succeeded: list[str] = field(default_factory=list)
    """The stages that succeeded."""
    rolled_back: dict[str, str] = field(default_factory=dict)
    """Failed stages, with the run that they were rolled back to; "" if there was none."""
    trigger: RunTrigger = BY_HAND
    only: str = ""
    """The stage that a rollback repeats; empty for a run of all stages."""
    target: str = ""
    """The run that a rollback returns to."""
    running: bool = False
    evaluates: tuple[str, str] | None = None
    """The stage and its condition that are being evaluated."""
    overridden: set[tuple[str, str]] = field(default_factory=set)
    """Stages with an overridden condition."""
    stopped: bool = False
    """Whether StopPipelineExecution ended it."""
    started: datetime = field(default_factory=_now)

    @property
    def stages(self) -> list[Mapping[str, Any]]:
        """The stages that it runs."""
        return [stage for stage in self.pipeline["stages"] if self.only in ("", stage["name"])]

    @property
    def status(self) -> str:
        """The status, as CodePipeline calls it."""
        if self.running:
            return "InProgress"
        if len(self.succeeded) == len(self.stages):
            return "Succeeded"
        return "Stopped" if self.stopped else "Failed"

    @property
    def failures(self) -> list[ActionResult]:
        """The actions whose last try failed."""
        last = {(result.stage, result.name): result for result in self.results}
        return [result for result in last.values() if result.done is None]


def start(
    execution_id: str,
    pipeline: Mapping[str, Any],
    *,
    revisions: Iterable[Mapping[str, str]] = (),
    variables: Iterable[Mapping[str, str]] = (),
    trigger: RunTrigger = BY_HAND,
) -> Execution:
    """A run that StartPipelineExecution has begun, with the values of its variables.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
    """
    declared = {each["name"]: each.get("defaultValue", "") for each in pipeline.get("variables", ())}
    given = {each["name"]: each["value"] for each in variables}
    return Execution(
        id=execution_id,
        pipeline=pipeline,
        revisions={each["actionName"]: each["revisionValue"] for each in revisions},
        namespaces={"variables": {**declared, **given}, "codepipeline": {"PipelineExecutionId": execution_id}},
        trigger=trigger,
    )


def repeated(execution_id: str, target: Execution, stage: str, trigger: RunTrigger) -> Execution:
    """A rollback of a stage to the run `target`, whose artifacts and variables it has.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    return Execution(
        id=execution_id,
        pipeline=target.pipeline,
        namespaces=dict(target.namespaces),
        artifacts=dict(target.artifacts),
        commits=dict(target.commits),
        trigger=trigger,
        only=stage,
        target=target.id,
    )


Tell = Callable[[ActionResult], None]


class _Run(NamedTuple):
    """The environment of every action of a run."""

    world: RunContext
    store: Store
    execution: Execution
    tell: Tell


def run(world: RunContext, execution: Execution, *, earlier: Sequence[Execution] = (), tell: Tell) -> None:
    """Run every stage that has not succeeded, up to the first that fails. A failed run continues where it stopped.

    In a stage that is tried again, the actions that succeeded stay as they are (FAILED_ACTIONS).
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html
    """
    declared = execution.pipeline["artifactStore"]
    store = Store(world.cloud, declared["location"], declared.get("encryptionKey", {}).get("id", ""))
    execution.running = True
    try:
        _run_stages(_Run(world, store, execution, tell), earlier)
    finally:
        execution.running = False


def _run_stages(this: _Run, earlier: Sequence[Execution]) -> None:
    execution = this.execution
    for stage in execution.stages:
        refuse_unknown(stage)
        if execution.stopped:
            return
        if stage["name"] in execution.succeeded:
            continue
        if not _passes(this, stage):
            if stage.get("onFailure", {}).get("result") == "ROLLBACK" and not execution.only:
                _roll_back(this, stage, earlier)
            return
        execution.succeeded.append(stage["name"])
        _announce(this, "Stage", stage, {"state": "SUCCEEDED"})


def _passes(this: _Run, stage: Mapping[str, Any]) -> bool:
    """Whether the run enters the stage, every action succeeds, and the run leaves it."""
    return _meets(this, stage, "beforeEntry") and _succeeds(this, stage) and _meets(this, stage, "onSuccess")


def _meets(this: _Run, stage: Mapping[str, Any], key: str) -> bool:
    """Whether every rule of a condition succeeds, or the condition is overridden while it is evaluated.

    The rules are evaluated together. One that has succeeded is not evaluated again while another one waits.
    https://docs.amazonaws.cn/en_us/codepipeline/latest/userguide/rule-reference-CloudWatchAlarm.html
    """
    execution, kind = this.execution, stage_conditions.KINDS[key]
    place, role = (stage["name"], kind), execution.pipeline["roleArn"]
    execution.overridden.discard(place)
    execution.evaluates = place
    results = []
    for rule in stage_conditions.in_order(stage, key):
        began = time.monotonic()
        found, error = stage_conditions.evaluate(
            this.world, rule, kind, role, is_overridden=lambda: place in execution.overridden
        )
        result = ActionResult(
            stage=stage["name"],
            name=rule["name"],
            provider=rule["ruleTypeId"]["provider"],
            seconds=time.monotonic() - began,
            done=None if error else Done(summary=found),
            error=error,
            condition=kind,
        )
        results.append(result)
        this.tell(result)
    execution.results += results
    execution.evaluates = None
    return all(result.done for result in results) and not (results and execution.stopped)


def _succeeds(this: _Run, stage: Mapping[str, Any]) -> bool:
    """Whether every action succeeds. Actions with the same run order run at the same time."""

    def order(action: Mapping[str, Any]) -> int:
        return int(action.get("runOrder", 1))

    execution = this.execution
    of_stage = [result for result in execution.results if result.stage == stage["name"] and not result.condition]
    done = {result.name for result in of_stage if result.done}
    for _, group in groupby(sorted(stage["actions"], key=order), key=order):
        actions = [action for action in group if action["name"] not in done]
        with ThreadPoolExecutor(max_workers=max(1, len(actions))) as pool, children.ended_with_the_command():
            results = list(pool.map(lambda action: _perform(this, stage["name"], action), actions))
        for action, result in zip(actions, results, strict=True):
            execution.results.append(result)
            if result.done:
                execution.artifacts |= result.done.outputs
                if result.done.revision:
                    execution.commits |= dict.fromkeys(result.done.outputs, result.done.revision)
                if action.get("namespace"):
                    execution.namespaces[action["namespace"]] = result.done.variables
            this.tell(result)
        if not all(result.done for result in results):
            return False
    return True


def _perform(this: _Run, stage: str, action: Mapping[str, Any]) -> ActionResult:
    kind = action["actionTypeId"]
    provider = providers().get((kind["category"], kind["provider"]))
    if provider is None:
        raise NotImplementedError(f"{stage}/{action['name']}: {kind['category']} by {kind['provider']} is not run here")
    began = time.monotonic()
    done, error = None, ""
    external: list[str] = []
    _announce(this, "Action", {"name": stage}, {"action": action["name"], "state": "STARTED", "type": kind})
    try:
        if kind["category"] == "Source":
            _find_store(this)
        done = provider(_step(this, stage, action, external))
    except ActionError as failure:
        error = str(failure)
    except ClientError as refused:
        error = f"{refused.operation_name} by {_role(this.execution, action)}: {reason(refused)}"
    except BotoCoreError as failure:
        error = str(failure)
    seconds = time.monotonic() - began
    ended: dict[str, Any] = {"state": "FAILED" if error else "SUCCEEDED"}
    if error:
        ended["execution-result"] = {"external-execution-summary": error, "error-code": "JobFailed"}
    _announce(this, "Action", {"name": stage}, {"action": action["name"], "type": kind, **ended})
    return ActionResult(
        stage=stage,
        name=action["name"],
        provider=kind["provider"],
        seconds=seconds,
        done=done,
        error=error,
        external="".join(external[-1:]),
    )


def _announce(this: _Run, kind: str, stage: Mapping[str, Any], detail: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html."""
    execution = this.execution
    place = {"pipeline": execution.pipeline["name"], "execution-id": execution.id, "stage": stage["name"]}
    this.world.announce(kind, {**place, **detail})


def _find_store(this: _Run) -> None:
    """Check the bucket as CodePipeline does before it uploads anything."""
    role = this.execution.pipeline["roleArn"]
    this.store.look(role)
    this.world.cloud.client("s3", role).get_bucket_versioning(Bucket=this.store.bucket)


def _step(this: _Run, stage: str, action: Mapping[str, Any], external: list[str]) -> Step:
    execution = this.execution
    wanted = [each["name"] for each in action.get("inputArtifacts", ())]
    if absent := [name for name in wanted if name not in execution.artifacts]:
        raise ActionError(f"no earlier action has stored the artifact {', '.join(absent)}")
    declared = action.get("configuration", {})
    configuration = {key: _resolved(key, value, execution.namespaces) for key, value in declared.items()}
    size = sum(len(value.encode()) for value in configuration.values())
    if size > MOST_BYTES:
        raise ActionError(
            f"the configuration has {size:,} bytes with its variables, CodePipeline accepts {MOST_BYTES:,}"
        )
    return Step(
        world=this.world,
        store=this.store,
        pipeline=execution.pipeline["name"],
        execution=execution.id,
        stage=stage,
        name=action["name"],
        role=_role(execution, action),
        configuration=configuration,
        inputs={name: execution.artifacts[name] for name in wanted},
        outputs=tuple(each["name"] for each in action.get("outputArtifacts", ())),
        revision=execution.revisions.get(action["name"], ""),
        revisions={name: execution.commits[name] for name in wanted if name in execution.commits},
        timeout_minutes=action.get("timeoutInMinutes"),
        external=external,
    )


def _role(execution: Execution, action: Mapping[str, Any]) -> str:
    return str(action.get("roleArn") or execution.pipeline["roleArn"])


def _resolved(key: str, value: str, namespaces: Mapping[str, Mapping[str, str]]) -> str:
    """The value with each `#{Namespace.VARIABLE}` resolved; an unknown variable fails the action."""

    def found(reference: re.Match[str]) -> str:
        namespace, name = reference.groups()
        if name not in namespaces.get(namespace, {}):
            raise ActionError(f"{key}: no earlier action has set the variable {reference[0]}")
        return namespaces[namespace][name]

    resolved = _REFERENCE.sub(found, value)
    most = MOST_CHARACTERS.get(key, len(resolved))
    if len(resolved) > most:
        raise ActionError(f"{key} has {len(resolved)} characters with its variables, CodePipeline accepts {most}")
    return resolved


def _roll_back(this: _Run, stage: Mapping[str, Any], earlier: Sequence[Execution]) -> None:
    """Run the stage again with the inputs of the newest run that succeeded in it, if the pipeline was the same then.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    name, execution = stage["name"], this.execution
    version = execution.pipeline.get("version")
    good = [
        each for each in earlier if name in each.succeeded and not each.only and each.pipeline.get("version") == version
    ]
    execution.rolled_back[name] = good[-1].id if good else ""
    if good:
        again = repeated(good[-1].id, good[-1], name, RunTrigger("AutomatedRollback"))
        _succeeds(this._replace(execution=again), stage)
