"""The code of the Lambda functions that templates contain."""

from __future__ import annotations

# ruff: noqa: PTH118, PTH120, PTH123
# `write` imports this, and importing pathlib takes as long as building a template.
import ast
import functools
import os
from collections.abc import Iterable, Iterator, Mapping

FOLDER = os.path.dirname(__file__)
QUOTES = '"""'
IMPORTS = ("from ", "import ")
TYPES = ("from collections.abc import ", "from typing import ")


def source(name: str, *others: str) -> str:
    """The code of the function of that name, as it is in its file. The code of `others` follows.

    An import from this package, or one that an earlier file already has, is left out.
    """
    code = list(_lines(name))
    for other in others:
        there = {line for line in code if line.startswith(IMPORTS)}
        code += (line for line in _lines(other) if line not in there and not line.startswith(f"from {__name__}."))
    return "".join(code)


@functools.cache
def short(code: str) -> str:
    """The code without docstrings and types: Python ignores both. Triple quotes are used for docstrings only."""
    lines = [line for line in _without_docstrings(code.splitlines(keepends=True)) if not line.startswith(TYPES)]
    for row, start, end in sorted(_types("".join(lines)), reverse=True):
        lines[row - 1] = lines[row - 1][:start] + lines[row - 1][end:]
    return "".join(lines)


def _lines(name: str) -> list[str]:
    with open(os.path.join(FOLDER, f"{name}.py"), encoding="utf-8") as file:
        return file.readlines()


def _types(code: str) -> Iterator[tuple[int, int, int]]:
    """Where the types of parameters, results and variables are: the line, and where in it they begin and end."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.arg) and node.annotation:
            yield node.lineno, node.col_offset + len(node.arg), node.annotation.end_col_offset or 0
        if isinstance(node, ast.AnnAssign):
            yield node.lineno, node.target.end_col_offset or 0, node.annotation.end_col_offset or 0
        if isinstance(node, ast.FunctionDef) and node.returns:
            row = node.returns.lineno
            yield row, lines[row - 1].rindex(" -> ", 0, node.returns.col_offset), node.returns.end_col_offset or 0


def with_inserts(code: str, inserts: Mapping[str, str]) -> str:
    """The code with a text for each marker @{Name}."""
    for name, text in inserts.items():
        code = code.replace(f"@{{{name}}}", text)
    return code


def _without_docstrings(lines: Iterable[str]) -> Iterator[str]:
    """The lines of code. Each docstring begins a line."""
    inside = False
    for line in lines:
        text = line.strip()
        if inside or text.startswith(QUOTES):
            inside = not text.endswith(QUOTES) or (text == QUOTES and not inside)
        else:
            yield line
