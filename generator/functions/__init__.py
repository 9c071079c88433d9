"""The code of the Lambda functions that templates contain."""

from __future__ import annotations

# ruff: noqa: PTH118, PTH120, PTH123
# `write` imports this, and importing pathlib takes as long as building a template.
import os
from collections.abc import Iterable, Iterator, Mapping

FOLDER = os.path.dirname(__file__)
QUOTES = '"""'


def source(name: str, *, docstrings: bool = True) -> str:
    """The code of the function of that name, as it is in its file, or without its docstrings."""
    with open(os.path.join(FOLDER, f"{name}.py"), encoding="utf-8") as file:
        return file.read() if docstrings else "".join(_without_docstrings(file))


def with_inserts(code: str, inserts: Mapping[str, str]) -> str:
    """The code with a text for each marker @{Name}."""
    for name, text in inserts.items():
        code = code.replace(f"@{{{name}}}", text)
    return code


def _without_docstrings(lines: Iterable[str]) -> Iterator[str]:
    """The lines of code. Triple quotes are used for docstrings only, and each begins a line."""
    inside = False
    for line in lines:
        text = line.strip()
        if inside or text.startswith(QUOTES):
            inside = not text.endswith(QUOTES) or (text == QUOTES and not inside)
        else:
            yield line
