"""The generated documentation: a page for each template, and tables and pictures in handwritten pages."""

from __future__ import annotations

import re
from pathlib import Path

from generator import catalog
from generator.errors import GeneratorError, reason
from generator.publishing import reference, render

FOLDER = "templates"
MARK = re.compile(r"(<!-- (parameters|picture) of (\S+), [^>]*-->\n).*?(<!-- end -->)", re.DOTALL)
BETWEEN = {"parameters": reference.parameter_table, "picture": reference.diagram}


def documents(docs_dir: Path) -> dict[Path, str]:
    """Each generated document and its expected content.

    In the README next to the folder and in the guides, only the text between the marks is generated.
    """
    pages = {
        docs_dir / FOLDER / f"{name}.md": reference.page(name, build()) for name, build in catalog.templates().items()
    }
    readme = docs_dir.parent / "README.md"
    texts = {path: _read(path) for path in (*([readme] if readme.exists() else []), *sorted(docs_dir.glob("*.md")))}
    return pages | {path: _filled_in(text) for path, text in texts.items() if MARK.search(text)}


def _filled_in(text: str) -> str:
    return MARK.sub(lambda mark: f"{mark[1]}\n{_made(mark[2], mark[3])}\n\n{mark[4]}", text)


def _made(what: str, name: str) -> str:
    return BETWEEN[what](render.to_dict(catalog.build(name)))


def _read(path: Path) -> str:
    if not path.is_file():  # a pipe would be waited for
        raise GeneratorError(f"cannot read {path}: it is not a file")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GeneratorError(f"cannot read {path}: {reason(error) if isinstance(error, OSError) else error}") from error
