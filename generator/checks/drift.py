"""The committed templates and pages against what the generator makes, in either direction."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import zip_longest
from pathlib import Path

from generator.checks.subject import Subject, entries
from generator.findings import Finding
from generator.publishing.documents import FOLDER
from generator.publishing.documents import documents as expected_documents
from generator.publishing.files import reason

CHECK = "drift"


def check(subject: Subject) -> Iterator[Finding]:
    """A template whose file is missing or does not hold what the generator builds."""
    yield from _compare(subject.path, subject.text, f"ecr-pipeline write {subject.name}")


def documents(docs_dir: Path) -> Iterator[Finding]:
    """Generated documents that are missing, out of date, or of no template. Who keeps no documents has no drift."""
    pages = docs_dir / FOLDER
    if not pages.is_dir():
        return
    expected = expected_documents(docs_dir)
    for path, text in expected.items():
        yield from _compare(path, text, "ecr-pipeline docs")
    yield from _unexpected(pages, expected, "the page of no template")


def _compare(path: Path, text: str, command: str) -> Iterator[Finding]:
    try:
        current = path.read_bytes()
    except FileNotFoundError:
        yield Finding(path=str(path), message=f"is not there: `{command}` writes it", check=CHECK)
    except OSError as error:
        yield Finding(path=str(path), message=f"cannot be read: {reason(error)}", check=CHECK)
    else:
        if current != text.encode():
            message = f"not what the generator makes: `{command}` writes it anew"
            line = _first_difference(current, text.encode())
            yield Finding(path=str(path), line=line, message=message, check=CHECK)


def strays(folder: Path, published: frozenset[str]) -> Iterator[Finding]:
    """What lies in the folder of the templates and is not written by the generator."""
    yield from _unexpected(folder, {folder / f"{name}.json" for name in published}, "no template of the generator")


def _unexpected(folder: Path, expected: Container[Path], what: str) -> Iterator[Finding]:
    for path in entries(folder):
        if path not in expected:
            yield Finding(path=str(path), message=f"{what}: remove it, or keep it elsewhere", check=CHECK)


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = zip_longest(one.splitlines(keepends=True), other.splitlines(keepends=True))
    return next(number for number, (left, right) in enumerate(pairs, start=1) if left != right)
