"""Tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 80
"""The default width of a terminal, in columns."""


def columns(rows: Sequence[Sequence[str]], *, within: int = 0) -> list[str]:
    """The rows as lines: each column is as wide as its widest cell, and no line ends in spaces.

    `within` is the width in characters: the last column continues on the next line.
    """
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if not within:
        return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines = []
    for row in rows:
        start = "".join(cell.ljust(width) + "  " for cell, width in zip(row[:-1], widths[:-1], strict=True))
        lines += wrapped(row[-1], first=start, rest=" " * len(start), within=within) or [start.rstrip()]
    return lines


def wrapped(text: str, *, first: str = "", rest: str = "", within: int = WIDTH) -> list[str]:
    """The text as lines of that width. `first` begins the first line, `rest` the others. No word is broken."""
    return textwrap.wrap(
        text,
        within,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
