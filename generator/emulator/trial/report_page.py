"""The report of a trial as one HTML page for a reviewer or a ticket: without network, scripts and other files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from generator.authorization.permissions import Needed
from generator.emulator.trial.outcome import Outcome, TriedAction
from generator.emulator.trial.report import short
from generator.publishing.html_pages import filled_page

_TEMPLATE = Path(__file__).with_name("report_page.html.j2")
SUCCEEDED, FAILED, NOT_RUN = "succeeded", "failed", "not run"


@dataclass(frozen=True, kw_only=True)
class ShownAction:
    """An action of the pipeline, whether it was reached or not."""

    name: str
    provider: str
    state: str
    """succeeded, failed or not run."""
    text: str
    seconds: float
    offset: float
    """The percentage of the run before it."""
    share: float
    """The percentage of the run that it took."""


@dataclass(frozen=True, kw_only=True)
class ShownNeed:
    """An action of the AWS API that a role needed."""

    action: str
    resources: tuple[str, ...]
    statements: tuple[tuple[str, str], ...]
    """The statements that allowed it, each with its reason, "" for the policy of a resource or an endpoint."""


def page(found: Outcome) -> str:
    """The page. Everything from the run is escaped, because the image may come from anybody."""
    values = {
        "found": found,
        "facts": found.details.facts,
        "stages": list(_stages(found)),
        "event": json.dumps(found.details.event, indent=2),
        "needs": {role: list(_needs(found, rows)) for role, rows in _by_role(found.permissions.granted)},
        "unused": {
            statement: ([each.action for each in rows], found.details.reasons.get(statement, ""))
            for statement, rows in groupby(found.permissions.unused, key=lambda each: each.statement)
        },
    }
    return filled_page(_TEMPLATE, values, {"short": short})


def _stages(found: Outcome) -> Iterator[tuple[str, list[ShownAction]]]:
    """All stages with their actions, in the order of the pipeline."""
    ran = {(each.stage, each.action): each for each in found.actions}
    whole = max((each.started + each.seconds for each in found.actions), default=0) or 1
    for stage, actions in found.details.stages:
        yield stage, [_shown(name, provider, ran.get((stage, name)), whole) for name, provider in actions]


def _shown(name: str, provider: str, result: TriedAction | None, whole: float) -> ShownAction:
    if result is None:
        return ShownAction(name=name, provider=provider, state=NOT_RUN, text="", seconds=0, offset=0, share=0)
    return ShownAction(
        name=name,
        provider=provider,
        state=FAILED if result.error else SUCCEEDED,
        text=result.error or result.summary,
        seconds=result.seconds,
        offset=round(100 * result.started / whole, 1),
        share=round(100 * result.seconds / whole, 1),
    )


def _by_role(rows: tuple[Needed, ...]) -> Iterator[tuple[str, list[Needed]]]:
    for role, group in groupby(rows, key=lambda row: row.principal):
        yield role, list(group)


def _needs(found: Outcome, rows: list[Needed]) -> Iterator[ShownNeed]:
    for (action, because), group in groupby(rows, key=lambda row: (row.action, row.because)):
        yield ShownNeed(
            action=action,
            resources=tuple(row.resource for row in group),
            statements=tuple(
                (each, _reason(found.details.reasons, rows[0].principal, each)) for each in because.split(", ")
            ),
        )


def _reason(reasons: Mapping[str, str], role: str, statement: str) -> str:
    """The reason of a statement: of the role itself, or of a policy that it shares with others."""
    own = reasons.get(f"{role}/{statement}") or reasons.get(statement)
    shared = (why for key, why in reasons.items() if key.endswith(f"/{statement}"))
    return own or next(shared, "")
