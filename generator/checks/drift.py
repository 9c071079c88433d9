"""The committed templates and pages, compared with the generator's output in both directions."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from generator.checks.subject import NOT_A_FILE, Subject, entries, special
from generator.errors import reason
from generator.findings import Finding
from generator.program_name import program
from generator.publishing.files import first_difference

CHECK = "drift"


def check(subject: Subject) -> Iterator[Finding]:
    """A template whose file is missing or differs from the generator's output."""
    yield from _compare(subject.path, subject.text, f"{program()} write {subject.name}")


def documents(pages: Path, expected: Mapping[Path, str]) -> Iterator[Finding]:
    """Generated documents that are missing or out of date, and pages of no template."""
    for path, text in expected.items():
        yield from _compare(path, text, f"{program()} docs")
    yield from _unexpected(pages, expected, "the page of no template")


def _compare(path: Path, text: str, command: str) -> Iterator[Finding]:
    if special(path):
        yield Finding(path=str(path), message=NOT_A_FILE, check=CHECK)
        return
    try:
        current = path.read_bytes()
    except FileNotFoundError:
        yield Finding(path=str(path), message=f"does not exist: `{command}` writes it", check=CHECK)
    except OSError as error:
        yield Finding(path=str(path), message=f"cannot be read: {reason(error)}", check=CHECK)
    else:
        if current != text.encode():
            message = f"differs from the generator's output: `{command}` writes it again"
            line = first_difference(current, text.encode())
            yield Finding(path=str(path), line=line, message=message, check=CHECK)


def strays(folder: Path, published: frozenset[str]) -> Iterator[Finding]:
    """Files in the folder of the templates that the generator does not write."""
    yield from _unexpected(folder, {folder / f"{name}.json" for name in published}, "not a template of the generator")


def _unexpected(folder: Path, expected: Container[Path], what: str) -> Iterator[Finding]:
    for path in entries(folder):
        if path not in expected:
            yield Finding(path=str(path), message=f"{what}: remove it, or move it to another folder", check=CHECK)
