"""The committed templates against what the generator builds, in either direction."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from generator.checks.subject import Subject, entries
from generator.files import reason
from generator.findings import Finding

CHECK = "drift"


def check(subject: Subject) -> Iterator[Finding]:
    """A template whose file is missing or does not hold what the generator builds."""
    path = str(subject.path)
    try:
        current = subject.path.read_bytes()
    except FileNotFoundError:
        yield Finding(path=path, message=f"is not there: `ecr-pipeline write {subject.name}` writes it", check=CHECK)
    except OSError as error:
        yield Finding(path=path, message=f"cannot be read: {reason(error)}", check=CHECK)
    else:
        if current != subject.text.encode():
            message = f"not what the generator builds: `ecr-pipeline write {subject.name}` writes it anew"
            line = _first_difference(current, subject.text.encode())
            yield Finding(path=path, line=line, message=message, check=CHECK)


def strays(folder: Path, published: frozenset[str]) -> Iterator[Finding]:
    """What lies in the folder of the templates and is not written by the generator."""
    for path in entries(folder):
        if path.suffix != ".json" or path.stem not in published:
            message = "no template of the generator: remove it, or keep it elsewhere"
            yield Finding(path=str(path), message=message, check=CHECK)


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = zip_longest(one.splitlines(keepends=True), other.splitlines(keepends=True))
    return next(number for number, (left, right) in enumerate(pairs, start=1) if left != right)
