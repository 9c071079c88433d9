"""The result of a trial as a record: for the report, and for programs with `--json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from generator.authorization.permissions import Permissions, name_of, named
from generator.emulator.events.delivery import Delivery
from generator.emulator.runs.approval_mails import ApprovalMails
from generator.emulator.runs.deployment_records import Deployments
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.services.ecs import ServiceDeployments
from generator.emulator.trial import destinations
from generator.emulator.trial.deploy_context import Destination
from generator.emulator.trial.differences import not_run
from generator.emulator.trial.run_details import RunDetails, details
from generator.emulator.trial.trial import Push, Trial
from generator.emulator.trial.unstarted import explanations
from generator.model.discovery import merged

VERSION = 1
"""The version of `data`. It changes when a key is removed or gets another meaning."""
SUCCEEDED, FAILED, NOT_STARTED = "Succeeded", "Failed", "NotStarted"
NONE = Permissions((), (), ())


@dataclass(frozen=True, kw_only=True)
class TriedAction:
    """One action of the run."""

    stage: str
    action: str
    provider: str
    seconds: float
    summary: str
    error: str
    """"" if it succeeded."""
    started: float = 0.0
    """Seconds after the first action started."""


@dataclass(frozen=True, kw_only=True)
class Missed:
    """A rule that could have started a run, and the reason why it did not."""

    rule: str
    why: str
    kept: tuple[str, ...]
    """The fate of the event, and the alarms that went off."""


@dataclass(frozen=True, kw_only=True)
class CountedCall:
    """A call of the AWS API by a role."""

    role: str
    call: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The complete result of a trial. Lists are empty if there is nothing to show."""

    status: str
    """Succeeded, Failed or NotStarted."""
    pipeline: str
    run: str
    """The id of the run, "" if none was started."""
    repository: str
    tag: str
    digest: str
    actions: tuple[TriedAction, ...] = ()
    rolled_back: Mapping[str, str] = field(default_factory=dict)
    """Failed stages, with the run that they were rolled back to, or ""."""
    artifacts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The files of each artifact, by its name."""
    messages: tuple[str, ...] = ()
    """The messages that approvers read."""
    deployed: tuple[str, ...] = ()
    recorded: Mapping[str, str] = field(default_factory=dict)
    """Parameters in Parameter Store that the run has written."""
    started_by_the_run: tuple[str, ...] = ()
    """Rules that would start the pipeline again: there should be none."""
    missed: tuple[Missed, ...] = ()
    unstarted: tuple[str, ...] = ()
    """The reasons why no run started, in words."""
    calls: tuple[CountedCall, ...] = ()
    permissions: Permissions = NONE
    not_run: tuple[str, ...] = ()
    """Parts that were deployed and never ran, and parts that only returned success."""
    replaced: str = ""
    """The digest that the last stage had before it was rolled back, "" if it was not."""
    notes: tuple[str, ...] = ()
    """Differences from AWS."""
    details: RunDetails = field(default_factory=RunDetails)
    """Only for the page (report_page.py), not for the text and `data`."""

    @property
    def failed(self) -> TriedAction | None:
        """The action that failed last, if one did."""
        return next((each for each in reversed(self.actions) if each.error), None)


def outcome(trial: Trial, push: Push, repository: str = "", *, detailed: bool = False) -> Outcome:
    """The result of the push, while the trial still exists; `detailed` adds everything that the page shows."""
    execution = push.execution
    missed = () if execution else tuple(_missed(trial, push))
    mails = trial.cloud.memory(ApprovalMails).of(execution.id) if execution else ()
    return Outcome(
        status=execution.status if execution else NOT_STARTED,
        pipeline=trial.pipeline,
        run=execution.id if execution else "",
        repository=repository or trial.repository,
        tag=push.tag,
        digest=push.digest,
        actions=tuple(_actions(execution)) if execution else (),
        rolled_back=dict(execution.rolled_back) if execution else {},
        artifacts={name: tuple(trial.contents(at)) for name, at in execution.artifacts.items()} if execution else {},
        messages=tuple(each.text for each in mails if each.text),
        deployed=tuple(deployed_lines(trial)),
        recorded=dict(_recorded(trial)),
        started_by_the_run=tuple(
            trial.called(delivery.rule)
            for delivery in trial.echoes
            if delivery.target and trial.starts_runs(delivery.rule)
        ),
        missed=missed,
        unstarted=tuple(_unstarted(trial, push, missed)),
        calls=tuple(_calls(trial)),
        permissions=named(trial.account.policies.permissions(), trial.called, stack=trial.stack),
        not_run=tuple(not_run(trial.cloud, {result.provider for result in execution.results} if execution else ())),
        replaced=push.replaced,
        notes=trial.account.world.tools.said,
        details=details(trial, push) if detailed else RunDetails(),
    )


def data(found: Outcome, command: str) -> dict[str, Any]:
    """The result for programs, with the command to type next. docs/commands.md describes the keys."""
    granted, refused, unused = found.permissions
    whole = asdict(found)
    del whole["details"]
    return {
        "version": VERSION,
        **whole,
        "permissions": {
            "granted": [row._asdict() for row in granted],
            "refused": [row._asdict() for row in refused],
            "unused": [grant._asdict() for grant in unused],
        },
        "next": command,
    }


def deployed_lines(trial: Trial) -> Iterator[str]:
    """The images that run now: a line for each place, and for each container of an instance."""
    for place, images in trial.cloud.memory(Deployments).running.items():
        yield from (f"{place}, {image}" for image in images)
    yield from trial.cloud.memory(ServiceDeployments).updated.values()
    known: Mapping[str, Destination] = merged(destinations, "DESTINATIONS")
    for destination in known.values():
        yield from destination.running(trial.account.site)


def _actions(execution: Execution) -> Iterator[TriedAction]:
    begun = [result.ended.timestamp() - result.seconds for result in execution.results]
    for result, began in zip(execution.results, begun, strict=True):
        yield TriedAction(
            stage=result.stage,
            action=result.name,
            provider=result.provider,
            seconds=round(result.seconds, 1),
            summary=result.done.summary if result.done else "",
            error="" if result.done else result.error or "it failed without a message",
            started=round(began - min(begun), 1),
        )


def _missed(trial: Trial, push: Push) -> Iterator[Missed]:
    """Why no run was started, for each rule that starts pipelines."""
    rules = {delivery.rule: delivery for delivery in push.deliveries if trial.starts_runs(delivery.rule)}
    for name, delivery in rules.items():
        yield Missed(rule=trial.called(name), why=delivery.why, kept=tuple(_kept(trial, delivery)))


def _unstarted(trial: Trial, push: Push, missed: Iterable[Missed]) -> Iterator[str]:
    if why := " ".join(each.why for each in missed):
        [stack] = trial.cloud.inside("cloudformation").describe_stacks(StackName=trial.stack)["Stacks"]
        values = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
        yield from explanations(push.event, why, values)


def _kept(trial: Trial, delivery: Delivery) -> Iterator[str]:
    """The fate of an event that a target did not get, and the alarms that went off."""
    if delivery.queue:
        yield f"kept in {name_of(delivery.queue, trial.called)}"
    if delivery.lost:
        yield f"LOST: {delivery.lost}"
    for notice in delivery.notices:
        topic = name_of(notice.topic, trial.called)
        said = f"cannot notify {topic}: {notice.why}" if notice.why else f"notifies {topic}"
        yield f"{trial.called(notice.alarm)} {said}"


def _recorded(trial: Trial) -> Iterator[tuple[str, str]]:
    """The current parameters of the stack."""
    names = sorted({call.parameters["Name"] for call in trial.cloud.calls if call.operation == "PutParameter"})
    if names:
        found = trial.cloud.inside("ssm").get_parameters(Names=names)["Parameters"]
        yield from sorted((each["Name"], each["Value"]) for each in found)


def _calls(trial: Trial) -> Iterator[CountedCall]:
    counted = Counter(
        (trial.called(call.role.rpartition("/")[2]), f"{call.service}:{call.operation}")
        for call in trial.cloud.calls
        if call.role
    )
    for (role, call), count in sorted(counted.items()):
        yield CountedCall(role=role, call=call, count=count)
