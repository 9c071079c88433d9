"""Pipelines and the platforms whose Inspect reads their images: the parameter files that are compared with each other.

A file in the folder of an account is compared with those of the same account. Other files can be of several accounts,
each with a platform of the same name: then the platform of the same environment counts, and without one any of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from generator.checks.filled_files import FilledFile, filled
from generator.checks.parameter_values import all_files
from generator.checks.subject import Subject
from generator.cloudformation.example_files import unchanged_examples

PLATFORM, REPOSITORY, PATTERN = "Platform", "RepositoryName", "RepositoryPattern"


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
