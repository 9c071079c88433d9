"""The code of the Lambda functions that templates contain."""

from __future__ import annotations

# ruff: noqa: PTH118, PTH120, PTH123
# `write` imports this, and importing pathlib takes as long as building a template.
import ast
import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping

FOLDER = os.path.dirname(__file__)
QUOTES = '"""'
IMPORTS = ("from ", "import ")
TYPES = ("from collections.abc import ", "from typing import ")
# A string that can be quoted either way. JSON escapes the double quotes of a string, and not the single ones.
PLAIN_STRING = re.compile(r"""f?"[^"'\\]*\"""")


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
    """The code without docstrings and types, which Python ignores, in a layout that is short in JSON.

    Strings are in quotes that JSON need not escape, and a level is indented by two spaces. Triple quotes are used for
    docstrings only.
    """
    lines = [line for line in _without_docstrings(code.splitlines(keepends=True)) if not line.startswith(TYPES)]
    for row, start, end in sorted(_types("".join(lines)), reverse=True):
        lines[row - 1] = lines[row - 1][:start] + lines[row - 1][end:]
    for row, start, end in _strings("".join(lines)):
        lines[row - 1] = lines[row - 1][:start] + lines[row - 1][start:end].replace('"', "'") + lines[row - 1][end:]
    return "".join(line[(len(line) - len(line.lstrip(" "))) // 2 :] for line in lines)


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


def _strings(code: str) -> Iterator[tuple[int, int, int]]:
    """Where the strings are that can be quoted either way: the line, and where in it they begin and end."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            start, end = node.col_offset, node.end_col_offset or 0
            if node.lineno == node.end_lineno and PLAIN_STRING.fullmatch(lines[node.lineno - 1][start:end]):
                yield node.lineno, start, end


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
