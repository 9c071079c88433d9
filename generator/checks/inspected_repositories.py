"""The repository of a pipeline against the platform whose Inspect reads its images."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from generator.authorization.policy_patterns import is_like
from generator.checks.filled_files import FilledFile
from generator.checks.inspected_pipelines import PATTERN, PLATFORM, REPOSITORY, compared, platforms_of
from generator.checks.subject import Subject
from generator.findings import Finding

CHECK = "inspected-repositories"


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Pipelines whose images their platform cannot inspect: each run would end in Inspect with AccessDenied."""
    for pipeline, others in compared(subjects, folder, environment=environment):
        yield from problems(pipeline, others)


def problems(pipeline: FilledFile, files: Collection[FilledFile]) -> Iterator[Finding]:
    """The repository of a pipeline, if no platform in the files includes it; nothing if they have no platform of it."""
    platforms, repository = platforms_of(pipeline, files), pipeline.values.get(REPOSITORY, "")
    if platforms and not any(is_like(each.values[PATTERN], repository, {}) for each in platforms):
        allowed = " or ".join(f"{each.values[PATTERN]} ({each.path})" for each in platforms)
        message = (
            f"given {repository}, but Inspect of the platform {pipeline.values[PLATFORM]} reads only {allowed}."
            f" Widen {PATTERN} there, or choose another {PLATFORM}"
        )
        line = pipeline.file.lines.get(REPOSITORY, 0)
        yield Finding(path=str(pipeline.path), line=line, place=REPOSITORY, message=message, check=CHECK)
