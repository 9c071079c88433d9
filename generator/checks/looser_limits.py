"""Limits of findings in a pipeline that its platform does not allow: Inspect uses the platform's.

That is no mistake, because a platform may become looser later. So these are notes: no check fails because of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.checks.filled_files import FilledFile
from generator.checks.inspected_pipelines import PLATFORM, compared, platforms_of
from generator.checks.subject import Subject
from generator.findings import Finding

CHECK = "looser-limits"
LIMITS = ("MaxCriticalFindings", "MaxHighFindings")


class LooserLimit(NamedTuple):
    """A limit of a pipeline above the ceiling of its platform."""

    parameter: str
    given: int
    ceiling: int


def looser(own: Mapping[str, str], ceilings: Mapping[str, str]) -> Iterator[LooserLimit]:
    """The limits of a pipeline that have no effect. An empty one is the platform's."""
    for name in LIMITS:
        given, ceiling = own.get(name, ""), ceilings.get(name, "")
        if given.isdecimal() and ceiling.isdecimal() and int(given) > int(ceiling):
            yield LooserLimit(name, int(given), int(ceiling))


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """The notes about the parameter files of these templates."""
    for pipeline, files in compared(subjects, folder, environment=environment):
        yield from notes(pipeline, files)


def notes(pipeline: FilledFile, files: Collection[FilledFile]) -> Iterator[Finding]:
    """The limits of a pipeline that are looser than those of every platform that may inspect its images."""
    platforms = platforms_of(pipeline, files)
    found = [{each.parameter: each for each in looser(pipeline.values, other.values)} for other in platforms]
    for name in LIMITS:
        if platforms and all(name in each for each in found):
            has = " or ".join(
                f"{each[name].ceiling}, which applies ({other.path})"
                for each, other in zip(found, platforms, strict=True)
            )
            platform = pipeline.values[PLATFORM]
            message = f"given {pipeline.values[name]}, but the platform {platform} has {has}"
            line = pipeline.file.lines.get(name, 0)
            yield Finding(path=str(pipeline.path), line=line, place=name, message=message, check=CHECK)
