"""A finding of a check, and how it is printed."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One complaint of one check. Findings sort by file, then by line, then by place."""

    path: str
    line: int = 0
    place: str = ""
    message: str
    check: str

    def __str__(self) -> str:
        """`path:line: place: message [check]`, like a compiler."""
        where = f"{self.path}:{self.line}" if self.line else self.path
        return ": ".join(part for part in (where, self.place, self.message) if part) + f" [{self.check}]"


def quoted(value: object) -> str:
    """The value as JSON on one line, shortened: fit for a message, whatever it contains."""
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
