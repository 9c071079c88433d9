"""Imports between the modules of the package: read from the source, including imports inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "generator"


@cache
def modules() -> dict[str, Path]:
    """The file of every module, by its dotted name. A package is its `__init__.py`."""
    paths = sorted((ROOT / PACKAGE).rglob("*.py"))
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths)
    return dict(zip(names, paths, strict=True))


def imported(source: str) -> Iterator[str]:
    """The imports of a source: modules, and names of modules, as in `package.module` or `package.module.name`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def arrows() -> dict[str, frozenset[str]]:
    """The modules of the package that each of its modules imports."""
    known = modules()
    return {
        name: frozenset(
            target
            for each in imported(path.read_text(encoding="utf-8"))
            if (target := each if each in known else each.rpartition(".")[0]) in known and target != name
        )
        for name, path in known.items()
    }
