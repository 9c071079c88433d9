"""A proof as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from generator.columns import WIDTH, columns, wrapped
from generator.proving.proof_records import FAILED, NOT_REACHED, NOTED, PASSED

_SHOWN = (FAILED, NOTED, NOT_REACHED)


def text(document: Mapping[str, Any], *, details: bool = False) -> str:
    """The document as text. With `details`, passed checks are included."""
    lines = [
        f"Account {document['account']}, {document['region']}: {_verdict(document)}",
        "",
        *columns([("CHECKED", *(each.upper() for each in (PASSED, FAILED, NOTED, NOT_REACHED))), *_rows(document)]),
    ]
    for verdict in (*((PASSED,) if details else ()), *_SHOWN):
        lines += _section(verdict.capitalize(), _checks(document, verdict))
    lines += _section("Open questions (docs/unproved.md)", _answers(document))
    lines += _section("Could not be deleted", _items(document["left"]))
    lines += _section("Keys that wait for their deletion, and cost nothing", _items(document["pending"]))
    return "\n".join([*lines, ""])


def _verdict(document: Mapping[str, Any]) -> str:
    failed, what = document["failed"], "deployed, run and deleted" if document["deployed"] else "nothing was deployed"
    return f"{failed} of {len(document['checks'])} checks failed; {what}"


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for area, group in groupby(document["checks"], key=lambda each: each["area"]):
        verdicts = [each["verdict"] for each in group]
        yield area, *(str(verdicts.count(each) or "") for each in (PASSED, FAILED, NOTED, NOT_REACHED))


def _checks(document: Mapping[str, Any], verdict: str) -> Iterator[str]:
    for each in document["checks"]:
        if each["verdict"] == verdict:
            said = f": {each['text']}" if each["text"] else ""
            yield from wrapped(f"{each['area']}: {each['subject']}{said}", rest="  ", within=WIDTH - 2)


def _answers(document: Mapping[str, Any]) -> Iterator[str]:
    """The answers that were found, and the number of unanswered questions."""
    for each in document["answers"]:
        if each["verdict"] != NOT_REACHED:
            yield from wrapped(each["question"], within=WIDTH - 2)
            yield from wrapped(f"{each['verdict']}: {each['text']}", first="  ", rest="  ", within=WIDTH - 2)
    for each in document["answers"]:
        if each["verdict"] == NOT_REACHED:
            yield from wrapped(f"not reached: {each['question']} ({each['text']})", rest="  ", within=WIDTH - 2)


def _items(texts: Sequence[str]) -> Iterator[str]:
    for each in texts:
        yield from wrapped(each, rest="  ", within=WIDTH - 2)


def _section(title: str, lines: Iterator[str]) -> list[str]:
    found = list(lines)
    return ["", title, *(f"  {line}" for line in found)] if found else []
