"""The generated part of the documentation: a page for each template, tables in the README."""

from __future__ import annotations

import re
from pathlib import Path

from generator import catalog, reference, render
from generator.errors import GeneratorError
from generator.files import reason

FOLDER = "templates"
TABLE = re.compile(r"(<!-- parameters of (\S+), [^>]*-->\n).*?(<!-- end -->)", re.DOTALL)


def documents(docs_dir: Path) -> dict[Path, str]:
    """Each generated document and what it should hold. Of the README beside the folder, what stands between marks."""
    readme = docs_dir.parent / "README.md"
    pages = {
        docs_dir / FOLDER / f"{name}.md": reference.page(name, build()) for name, build in catalog.templates().items()
    }
    return pages | ({readme: _with_tables(_read(readme))} if readme.exists() else {})


def _with_tables(text: str) -> str:
    return TABLE.sub(lambda mark: mark[1] + _table(mark[2]) + mark[3], text)


def _table(name: str) -> str:
    return f"\n{reference.parameter_table(render.to_dict(catalog.build(name)))}\n\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GeneratorError(f"cannot read {path}: {reason(error) if isinstance(error, OSError) else error}") from error
