"""The tag that a pipeline waits for, compared with the repository that receives it: two files of one environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from generator.checks.filled_files import FilledFile, filled
from generator.checks.subject import Subject, entries
from generator.findings import Finding
from generator.lifecycle import declared_repository
from generator.lifecycle.mutability import Mutability, triggers_that_cannot_fire_again

CHECK = "triggers"
REPOSITORY, PATTERN, MOVING = "RepositoryName", "ImageTagPattern", "MovingTags"


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Pipelines of the subjects, or of others over repositories of the subjects, that start once and never again.

    An immutable repository takes a tag once. A pipeline that waits for `latest` there, and for no other tag, is not
    started after the first push. Files with problems of their own are not checked: the other checks report those.
    """
    names = {subject.name for subject in subjects}
    files = [each for path in entries(folder) for each in filled(path, REPOSITORY)]
    for pipeline in files:
        for stored in files:
            is_asked = names & {pipeline.template, stored.template} and environment in (None, stored.environment)
            same = (pipeline.environment, pipeline.values[REPOSITORY]) == (
                stored.environment,
                stored.values[REPOSITORY],
            )
            if is_asked and same:
                yield from _problems(pipeline, stored)


def _problems(pipeline: FilledFile, stored: FilledFile) -> Iterator[Finding]:
    mutability = _mutability(stored) if PATTERN in pipeline.values else None
    if mutability:
        for hazard in triggers_that_cannot_fire_again(mutability, [pipeline.values[PATTERN]]):
            message = f"{hazard.message}. {MOVING} in {stored.path} says what moves in {stored.values[REPOSITORY]}"
            yield Finding(path=str(pipeline.path), place=PATTERN, message=message, check=CHECK)


def _mutability(stored: FilledFile) -> Mutability | None:
    """The mutability of tags in the template's repository; None if it has no repository."""
    if all(resource["Type"] != declared_repository.TYPE for resource in stored.body["Resources"].values()):
        return None
    return declared_repository.read(stored.body, stored.file, stored.template).mutability
