"""The result of a simulation, as text and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from generator.columns import columns
from generator.findings import quoted
from generator.lifecycle.replay import ARCHIVED, EXPIRES, STAYS, Verdict, short
from generator.lifecycle.simulation import Simulation

_WORDS = {EXPIRES: "would expire", ARCHIVED: "would be archived", STAYS: "would stay"}
_ORDER = tuple(_WORDS)
_TAGS = 3


def text(simulation: Simulation) -> str:
    """A table of the images (those that go first, the newest on top), a table of the rules, and the findings."""
    images = [("IMAGE", "PUSHED (UTC)", "TAGS", "OUTCOME", "RULE", "WHY"), *map(_row, _sorted(simulation.verdicts))]
    decides, takes = _counts(simulation.verdicts)
    rules = [
        (str(rule.priority), str(decides[rule.priority]), str(takes[rule.priority]), _printable(str(rule)))
        for rule in simulation.policy
    ]
    parts = [
        "\n".join(columns(images)),
        "\n".join(columns([("RULE", "DECIDES", "TAKES", "WHAT IT DOES"), *rules])),
        "\n".join(map(str, simulation.findings)),
    ]
    return "\n\n".join(part for part in parts if part)


def data(simulation: Simulation) -> dict[str, Any]:
    """The same for programs. Names are ECR's, where it has them."""
    decides, takes = _counts(simulation.verdicts)
    return {
        "version": 1,
        "at": simulation.at.isoformat(),
        "images": [
            {
                "imageDigest": verdict.image.digest,
                "imageTags": list(verdict.image.tags),
                "imagePushedAt": verdict.image.pushed_at.isoformat(),
                "outcome": verdict.outcome,
                "rulePriority": verdict.rule,
                "run": verdict.run,
                "why": verdict.why,
            }
            for verdict in _sorted(simulation.verdicts)
        ],
        "rules": [
            {
                "rulePriority": rule.priority,
                "description": rule.description,
                "does": str(rule),
                "decides": decides[rule.priority],
                "takes": takes[rule.priority],
            }
            for rule in simulation.policy
        ],
        "findings": [
            {"check": finding.check, "place": finding.place, "message": finding.message}
            for finding in simulation.findings
        ],
        "notes": list(simulation.notes),
    }


def summary(simulation: Simulation) -> str:
    """The numbers of deleted images, kept images and findings, on one line."""
    found = Counter(verdict.outcome for verdict in simulation.verdicts)
    counts = ", ".join(f"{found[outcome]} {words}" for outcome, words in _WORDS.items() if found[outcome])
    number = len(simulation.findings)
    return f"{counts or 'No images'}. {number or 'No'} finding{'s' * (number != 1)}."


def _counts(verdicts: Sequence[Verdict]) -> tuple[Counter[int], Counter[int]]:
    """For each rule, the number of images that it decides (as the first match), and the number that it deletes."""
    matched = [(verdict.rule, verdict.outcome) for verdict in verdicts if verdict.rule is not None]
    return Counter(rule for rule, _ in matched), Counter(rule for rule, outcome in matched if outcome != STAYS)


def _sorted(verdicts: Sequence[Verdict]) -> list[Verdict]:
    newest_first = sorted(verdicts, key=lambda verdict: verdict.image.pushed_at, reverse=True)
    return sorted(newest_first, key=lambda verdict: _ORDER.index(verdict.outcome))


def _row(verdict: Verdict) -> tuple[str, ...]:
    tags = verdict.image.tags
    more = [f"+{len(tags) - _TAGS}"] if len(tags) > _TAGS else []
    later = f"run {verdict.run}: " if verdict.run and verdict.run > 1 else ""
    return (
        _printable(short(verdict.image.digest)),
        f"{verdict.image.pushed_at:%Y-%m-%d %H:%M}",
        ",".join([*map(_printable, tags[:_TAGS]), *more]) or "-",
        verdict.outcome,
        "-" if verdict.rule is None else str(verdict.rule),
        later + _printable(verdict.why),
    )


def _printable(value: str) -> str:
    return value if value.isprintable() else quoted(value)
