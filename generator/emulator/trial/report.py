"""The report of a trial as text of 80 columns: verdict, stages, approval messages, running images, next command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from generator.authorization.permissions import Granted, Needed
from generator.columns import WIDTH, columns, wrapped
from generator.emulator.trial.outcome import NOT_STARTED, SUCCEEDED, Outcome, TriedAction

# Every image of a run has its digest at the top; elsewhere enough of it to distinguish it from others.
_HOST = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def report(found: Outcome, *, command: str, accepting: str = "", permissions: bool = False) -> str:
    """The result for people. `permissions` adds every call and permission.

    `command` is the next one to type, and `accepting` the one that accepts a finding; "" if there is none.
    """
    lines = [
        *_verdict(found),
        *(_run(found) if found.run else _nothing(found)),
        *_section("Refused calls", _refused(found.permissions.refused)),
        *(_permissions(found) if permissions else ()),
        *_section("Different from AWS", _items((*found.not_run, *found.notes))),
        "",
        f"{_ending(found)} Next: {command}" if command else _ending(found),
        *([f"To try the same with an accepted finding: {accepting}"] if accepting else []),
    ]
    return "\n".join([*lines, ""])


def _verdict(found: Outcome) -> Iterator[str]:
    image = f"{found.repository}:{found.tag}" if found.tag else found.repository
    yield f"{found.pipeline}: {'nothing started' if found.status == NOT_STARTED else found.status}"
    yield f"  {image}"
    yield f"  {found.digest}"
    if found.replaced:
        yield f"  rolled back from {found.replaced}"
    if found.run:
        yield f"  run {found.run}"


def _ending(found: Outcome) -> str:
    if found.status == SUCCEEDED:
        return "Succeeded."
    failed = found.failed
    return f"Failed at {failed.stage}/{failed.action}." if failed else "Nothing started."


def _nothing(found: Outcome) -> Iterator[str]:
    yield ""
    for sentence in found.unstarted:
        yield from wrapped(sentence)
    if found.unstarted:
        yield ""
    for missed in found.missed:
        yield from wrapped(f"{missed.rule}: {missed.why}", rest="  ")
        for line in missed.kept:
            yield from wrapped(line, first="  ", rest="    ")


def _run(found: Outcome) -> Iterator[str]:
    rows = [("Stage", "Action", "Seconds", "Result"), *map(_row, found.actions)]
    yield ""
    yield from columns(rows, within=WIDTH)
    for stage, earlier in found.rolled_back.items():
        yield f"{stage} failed: " + (f"rolled back to run {earlier}" if earlier else "no earlier run to roll back to")
    yield from _section("The approver reads", _messages(found.messages))
    yield from _section("Deployed", _items(map(short, found.deployed)))
    yield from _section("Recorded in Parameter Store", _recorded(found.recorded))
    yield from _section("STARTED BY THE RUN ITSELF", found.started_by_the_run)


def _row(action: TriedAction) -> tuple[str, str, str, str]:
    result = f"FAILED: {action.error}" if action.error else action.summary or "succeeded"
    return action.stage, action.action, f"{action.seconds:7.1f}", short(result)


def _recorded(records: Mapping[str, str]) -> Iterator[str]:
    for name, value in records.items():
        yield name
        yield from wrapped(short(value), first="  ", rest="  ", within=WIDTH - 2)


def _messages(texts: Iterable[str]) -> Iterator[str]:
    """The messages, word for word."""
    for text in texts:
        yield from wrapped(text, within=WIDTH - 2)


def _items(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from wrapped(text, rest="  ", within=WIDTH - 2)


def _refused(rows: Iterable[Needed]) -> Iterator[str]:
    for row in rows:
        yield f"{row.principal}  {row.action}"
        yield from wrapped(row.because, first="  ", rest="  ", within=WIDTH - 2)


def _permissions(found: Outcome) -> Iterator[str]:
    """The artifacts, every call by role, the needed permissions with their statements, and the unused ones."""
    yield from _section("Artifacts", _items(f"{name}: {', '.join(files)}" for name, files in found.artifacts.items()))
    calls = ((each.role, f"{each.call}  {each.count}") for each in found.calls)
    yield from _section("AWS calls by role", _grouped(calls))
    yield from _section("Used permissions", _needed(found.permissions.granted))
    yield from _section("Granted, but not used in this run", _unused(found.permissions.unused))


def _needed(rows: Iterable[Needed]) -> Iterator[str]:
    for principal, of_principal in groupby(rows, key=lambda row: row.principal):
        yield principal
        for (action, because), group in groupby(of_principal, key=lambda row: (row.action, row.because)):
            yield from wrapped(f"{action}  by {because}", first="  ", rest="      ", within=WIDTH - 2)
            yield from (f"    {row.resource}" for row in group)


def _unused(grants: Iterable[Granted]) -> Iterator[str]:
    for statement, group in groupby(grants, key=lambda grant: grant.statement):
        actions = ", ".join(grant.action for grant in group)
        yield from wrapped(f"{statement}: {actions}", rest="    ", within=WIDTH - 2)


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for heading, group in groupby(pairs, key=lambda pair: pair[0]):
        yield heading
        yield from (f"  {line}" for _, line in group)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", title, *(f"  {line}" for line in found))


def short(text: str) -> str:
    """The text without the hosts of images, and with shortened digests."""
    return _DIGEST.sub(r"\1...", _HOST.sub("", text))
