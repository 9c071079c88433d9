"""The tag that a pipeline waits for, compared with the repository that receives it: two files of one environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from generator import catalog
from generator.checks.subject import Subject, entries, special
from generator.cloudformation import parameter_file_problems, parameter_files
from generator.cloudformation.parameter_files import ParameterFile
from generator.findings import Finding
from generator.lifecycle import declared_repository
from generator.lifecycle.mutability import Mutability, triggers_that_cannot_fire_again
from generator.publishing import render

CHECK = "triggers"
REPOSITORY, PATTERN, MOVING = "RepositoryName", "ImageTagPattern", "MovingTags"


@dataclass(frozen=True)
class _Described:
    """A parameter file and the kind of its stack: a repository, a pipeline that waits for tags, or neither."""

    path: Path
    template: str
    repository: str
    mutability: Mutability | None
    pattern: str


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Pipelines of the subjects, or of others over repositories of the subjects, that start once and never again.

    An immutable repository takes a tag once. A pipeline that waits for `latest` there, and for no other tag, is not
    started after the first push. Files with problems of their own are not checked: the other checks report those.
    """
    names = {subject.name for subject in subjects}
    by_environment: dict[str, list[_Described]] = {}
    for path in entries(folder):
        template, of = parameter_files.template_of(path), parameter_files.environment_of(path)
        if template in catalog.templates() and of and environment in (None, of) and not special(path):
            by_environment.setdefault(of, []).extend(_described(path, template))
    for described in by_environment.values():
        for pipeline in described:
            for stored in described:
                if pipeline.repository == stored.repository and names & {pipeline.template, stored.template}:
                    yield from _problems(pipeline, stored)


def _problems(pipeline: _Described, stored: _Described) -> Iterator[Finding]:
    if pipeline.pattern and stored.mutability:
        for hazard in triggers_that_cannot_fire_again(stored.mutability, [pipeline.pattern]):
            message = f"{hazard.message}. {MOVING} in {stored.path} says what moves in {stored.repository}"
            yield Finding(path=str(pipeline.path), place=PATTERN, message=message, check=CHECK)


def _described(path: Path, template: str) -> Iterator[_Described]:
    body, file = _body(template), parameter_files.read(path)
    declared = body.get("Parameters", {})
    if REPOSITORY not in declared or any(parameter_file_problems.problems(file, body)):
        return
    meanings = parameter_file_problems.meanings(body, dict(file.entries))
    pattern = str(meanings[PATTERN]) if PATTERN in declared else ""
    yield _Described(path, template, str(meanings[REPOSITORY]), _mutability(body, file, template), pattern)


def _mutability(body: Mapping[str, Any], file: ParameterFile, template: str) -> Mutability | None:
    """The mutability of tags in the template's repository; None if it has no repository."""
    if all(resource["Type"] != declared_repository.TYPE for resource in body["Resources"].values()):
        return None
    return declared_repository.read(body, file, template).mutability


@cache
def _body(template: str) -> dict[str, Any]:
    return render.to_dict(catalog.build(template))
