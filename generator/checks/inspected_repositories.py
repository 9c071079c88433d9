"""The repository of a pipeline against the platform whose Inspect reads its images: the parameter files of a folder.

A file in the folder of an account is compared with those of the same account. Other files can be of several accounts,
each with a platform of the same name: then the platform of the same environment counts, and without one any of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from generator.authorization.policy_patterns import is_like
from generator.checks.filled_files import FilledFile, filled
from generator.checks.parameter_values import all_files
from generator.checks.subject import Subject
from generator.cloudformation.example_files import unchanged_examples
from generator.findings import Finding

CHECK = "inspected-repositories"
PLATFORM, REPOSITORY, PATTERN = "Platform", "RepositoryName", "RepositoryPattern"


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Pipelines whose images their platform cannot inspect: each run would end in Inspect with AccessDenied."""
    for pipeline, others in compared(subjects, folder, environment=environment):
        yield from problems(pipeline, others)


def compared(
    subjects: Iterable[Subject], folder: Path, *, environment: str | None = None
) -> Iterator[tuple[FilledFile, list[FilledFile]]]:
    """The files of pipelines, each with those that it is compared with, if it or its platform is a subject."""
    names = {subject.name for subject in subjects}
    files = [each for path in all_files(folder) for each in filled(path, PATTERN, REPOSITORY)]
    examples = unchanged_examples(folder)
    for pipeline in files:
        others = [each for each in files if (each.path in examples) == (pipeline.path in examples)]
        both = (pipeline, *platforms_of(pipeline, others))
        if any(each.template in names and environment in (None, each.environment) for each in both):
            yield pipeline, others


def among(paths: Iterable[Path], meant: Collection[Path]) -> Iterator[Finding]:
    """The same for parameter files that are deployed together with others: about those that are meant."""
    for pipeline, files in deployed_together(paths, meant):
        yield from problems(pipeline, files)


def deployed_together(paths: Iterable[Path], meant: Collection[Path]) -> Iterator[tuple[FilledFile, list[FilledFile]]]:
    """The files of pipelines that are meant, each with all files that are deployed."""
    files = [each for path in paths for each in filled(path, PATTERN, REPOSITORY)]
    for pipeline in files:
        if pipeline.path in meant:
            yield pipeline, files


def platforms_of(pipeline: FilledFile, files: Collection[FilledFile]) -> list[FilledFile]:
    """The files of platforms that may inspect its images; none for the file of something else."""
    if not (pipeline.template.startswith("pipeline-") and PLATFORM in pipeline.values):
        return []
    place = pipeline.path.parent, pipeline.values[PLATFORM]
    found = [each for each in files if PATTERN in each.values and (each.path.parent, each.values[PLATFORM]) == place]
    return [each for each in found if each.environment == pipeline.environment] or found


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
