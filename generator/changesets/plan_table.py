"""A plan for people: one table for all stacks, the changes to accept, and details."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from generator.changesets.change_records import BLOCKED, CREATE, LATER, UNCHANGED, WAITING, ResourceEntry, StackPlan
from generator.changesets.judgement import Demand, open_demands
from generator.changesets.losses import deletion_words, is_replaced, replacement_words
from generator.columns import columns

_HEAD = ("STACK", "PLAN", "CREATED", "CHANGED", "REPLACED", "DELETED", "PERMISSIONS", "PARAMETERS")
_SIGNS = {"Add": "+", "Import": "+", "Remove": "-", "Dynamic": "?"}


def table(plans: Sequence[StackPlan], accepted: Collection[str] = ()) -> str:
    """The stacks, one per line, and below them the changes to accept."""
    lines = columns([_HEAD, *(_row(plan) for plan in plans)])
    for title, group in (
        ("Cannot be deployed:", [f"{plan.name}: {line}" for plan in plans for line in plan.problem.splitlines()]),
        ("Waiting:", [f"{plan.name} for {', '.join(plan.waits_for)}" for plan in plans if plan.state == WAITING]),
        ("Found by CloudFormation:", list(_findings(plans))),
        ("Must be accepted:", list(map(demand_line, open_demands(plans, accepted)))),
    ):
        if group:
            lines += ["", title, *(f"  {line}" for line in group)]
    return "\n".join(lines) + "\n"


def demand_line(demand: Demand) -> str:
    """`--accept NAME` and the change that it accepts."""
    return f"--accept {demand.name}  {demand.text}"


def details(plans: Iterable[StackPlan]) -> str:
    """Everything that is known about each stack that changes."""
    lines: list[str] = []
    for plan in plans:
        if plan.state != UNCHANGED:
            lines += ["", f"{plan.name}: {plan.state}", *(f"  {line}" for line in _details(plan))]
    return "\n".join(lines) + "\n" if lines else ""


def _row(plan: StackPlan) -> tuple[str, ...]:
    if plan.state in (UNCHANGED, WAITING, BLOCKED):
        return (plan.name, plan.state, *[""] * (len(_HEAD) - 2))
    replaced = [entry for entry in plan.entries if is_replaced(entry)]
    changed = [entry for entry in plan.entries if entry.action in ("Modify", "Dynamic") and entry not in replaced]
    counts = (
        sum(entry.action in ("Add", "Import") for entry in plan.entries),
        len(changed),
        len(replaced),
        sum(entry.action == "Remove" for entry in plan.entries),
    )
    wider = sum(each.wider for each in plan.permissions)
    narrower = len(plan.permissions) - wider
    words = [f"{count} {word}" for count, word in ((wider, "wider"), (narrower, "narrower")) if count]
    permissions = "new" if plan.state == CREATE else ", ".join(words)
    parameters = f"{len(plan.parameters)} changed" if plan.parameters and plan.state != CREATE else ""
    return (plan.name, plan.state, *(str(count or "") for count in counts), permissions, parameters)


def _findings(plans: Iterable[StackPlan]) -> Iterator[str]:
    for plan in plans:
        for each in plan.findings:
            where = f"{plan.name}/{each.resource}" if each.resource else plan.name
            yield f"{where}: {each.text} [{each.name}, {each.mode}]"


def _details(plan: StackPlan) -> Iterator[str]:
    yield from plan.problem.splitlines()
    yield from plan.notes
    for parameter in plan.parameters:
        yield f"parameter {parameter.name}: {_value(parameter.before)} -> {_value(parameter.after)}"
    for entry in plan.entries:
        sign = "!" if is_replaced(entry) else _SIGNS.get(entry.action, "~")
        yield f"{sign} {entry.logical_id} ({entry.type}){_what(entry)}"
        for each in entry.properties:
            if not each.same:
                yield f"    {each.path}: {_value(each.before)} -> {_value(each.after)}"
    for change in plan.permissions:
        yield f"{'wider' if change.wider else 'narrower'}: {change.resource}: {change.text}"


def _what(entry: ResourceEntry) -> str:
    if is_replaced(entry):
        return f": {replacement_words(entry)}"
    return f": {deletion_words(entry)}" if entry.action == "Remove" else ""


def _value(value: str) -> str:
    return value.replace(LATER, "(known after the deployment)") or "(nothing)"
