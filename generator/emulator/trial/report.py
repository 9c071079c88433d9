"""What was tried, as text: the run with its times, artifacts, what the approver read, what was deployed, every call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from generator.authorization import permissions
from generator.authorization.permissions import name_of
from generator.columns import columns
from generator.emulator.events.delivery import Delivery
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.trial.account import Push, Trial


def report(trial: Trial, push: Push) -> str:
    """All of it, in the order in which it happened."""
    told = _run(trial, push.execution) if push.execution else _nothing(trial, push)
    return "\n".join([*told, *_calls(trial), "", *_permissions(trial), ""])


def _nothing(trial: Trial, push: Push) -> Iterator[str]:
    """Why no run was started, by the rules that are for pipelines."""
    yield f"Nothing starts: {push.digest}, tag {push.tag or '(none)'}"
    rules = {delivery.rule: delivery for delivery in push.deliveries if trial.starts_runs(delivery.rule)}
    for name, delivery in rules.items():
        yield f"  {trial.called(name)}: {delivery.why}"
        yield from (f"    {line}" for line in _kept(trial, delivery))


def _kept(trial: Trial, delivery: Delivery) -> Iterator[str]:
    """What became of what a target did not get, and which alarms went off."""
    if delivery.queue:
        yield f"kept in {name_of(delivery.queue, trial.called)}"
    if delivery.lost:
        yield f"LOST: {delivery.lost}"
    for notice in delivery.notices:
        topic = name_of(notice.topic, trial.called)
        told = f"cannot notify {topic}: {notice.why}" if notice.why else f"notifies {topic}"
        yield f"{trial.called(notice.alarm)} {told}"


def _run(trial: Trial, execution: Execution) -> Iterator[str]:
    yield f"Run {execution.id} of {execution.pipeline['name']}: {execution.status}"
    for note in trial.world.tools.said:
        yield f"  {note}"
    yield ""
    rows = [
        (
            result.stage,
            result.name,
            result.provider,
            f"{result.seconds:.1f}",
            result.done.summary or "succeeded" if result.done else f"FAILED: {result.error}",
        )
        for result in execution.results
    ]
    yield from (f"  {line}" for line in columns([("Stage", "Action", "Provider", "Seconds", "Result"), *rows]))
    for stage, earlier in execution.rolled_back.items():
        back = f"rolled back to run {earlier}" if earlier else "no earlier run to roll back to"
        yield f"  {stage} failed: {back}"
    done = [(result, result.done) for result in execution.results if result.done]
    yield from _section(
        "Artifacts", (f"{name}  {', '.join(trial.files(at))}" for name, at in execution.artifacts.items())
    )
    yield from _section("The approver reads", (each.message for _, each in done if each.message))
    yield from _section("Deployed", [*(line for _, each in done for line in each.deployed), *trial.deployments.shifted])
    yield from _section("Recorded", _records(trial))
    started = (delivery.rule for delivery in trial.echoes if delivery.target and trial.starts_runs(delivery.rule))
    yield from _section("STARTED BY THE RUN ITSELF", (trial.called(rule) for rule in started))


def _records(trial: Trial) -> Iterator[str]:
    """The parameters of the stack, as they are now."""
    names = sorted({call.parameters["Name"] for call in trial.cloud.calls if call.operation == "PutParameter"})
    if names:
        found = trial.cloud.inside("ssm").get_parameters(Names=names)["Parameters"]
        yield from (f"{each['Name']}  {each['Value']}" for each in found)


def _calls(trial: Trial) -> Iterator[str]:
    """Every call of a role, counted."""
    counted = Counter(
        (trial.called(call.role.rpartition("/")[2]), f"{call.service}:{call.operation}")
        for call in trial.cloud.calls
        if call.role
    )
    rows = [(role, name, str(count)) for (role, name), count in sorted(counted.items())]
    yield from _section("AWS calls by role", columns(rows))


def _permissions(trial: Trial) -> Iterator[str]:
    """What this run needed and was granted."""
    yield permissions.text(trial.policies.permissions(), trial.called, stack=trial.stack)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", title, *(f"  {line}" for line in found))
