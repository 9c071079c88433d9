"""The code of functions as templates have it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from generator import functions

NAMES = sorted(path.stem for path in Path(functions.FOLDER).glob("[a-z]*.py"))


def test_code_that_follows_has_its_imports() -> None:
    """The imports of the first file are not repeated, and none is of this package: a function has one file."""
    lines = functions.source("recorder", "deployer").splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert len(set(imports)) == len(imports)
    assert not any("generator" in line for line in imports)
    assert {"import json", "from time import time"} <= set(imports)


@pytest.mark.parametrize("name", NAMES)
def test_short_code_does_the_same(name: str) -> None:
    """It is the same program, apart from docstrings, types and imports for types."""
    short = ast.parse(functions.short(functions.source(name)))
    assert ast.dump(_plain(ast.parse(functions.source(name)))) == ast.dump(_plain(short))
    for node in ast.walk(short):
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert ast.get_docstring(node) is None
            assert not any(each.annotation for each in node.args.args)


def _plain(tree: ast.Module) -> ast.Module:
    """The program without docstrings and types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.Module)):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            node.body = [_unannotated(each) for each in node.body if not _is_of_types(each)]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return tree


def _unannotated(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, ast.AnnAssign) and statement.value:
        return ast.Assign([statement.target], statement.value)
    return statement


def _is_of_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module in ("collections.abc", "typing")


@pytest.mark.parametrize("name", ["recorder", "deployer", "registrar"])
def test_short_code_is_short_in_json(name: str) -> None:
    """JSON would escape double quotes: they remain only around single quotes or a backslash. A level is two spaces."""
    short = functions.short(functions.source(name))
    assert [] == [line for line in short.splitlines() if '"' in line and "'" not in line and "\\" not in line]
    assert {2} == {each.body[0].col_offset for each in ast.parse(short).body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('x = "a"', "x = 'a'"),
        ('x = f"a {b} c"', "x = f'a {b} c'"),
        ('x = f"{a[\'b\']}", "c"', "x = f\"{a['b']}\", 'c'"),
        ('x = "it\'s"', 'x = "it\'s"'),
        (r'x = "\n"', r'x = "\n"'),
        ('x = "a" "b"', 'x = "a" "b"'),
        ('x = r"a"', 'x = r"a"'),
        ('x = ("a"\n    "b")', 'x = ("a"\n  "b")'),
    ],
)
def test_only_quotes_that_can_be_others_are_others(given: str, expected: str) -> None:
    """The string stays the same."""
    assert expected == functions.short(given)
    assert ast.dump(ast.parse(given)) == ast.dump(ast.parse(expected))
