"""Tags that move where images are pushed, against the registries that receive them: the parameter files of a folder.

The accounts of a folder have files of different environments, so that every file is compared with every other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from generator import catalog
from generator.checks.subject import Subject, entries, special
from generator.cloudformation import parameter_file_problems, parameter_files
from generator.components.lifecycle import STAGE_TAGS
from generator.findings import Finding
from generator.lifecycle.mutability import Mutability, triggers_that_cannot_fire_again
from generator.publishing import render

CHECK = "received-tags"
SOURCE, RECEIVING = "registry", "registry-receiving"
MOVING, PREFIXES, REPOSITORY = "MovingTags", "RepositoryPrefixes", "RepositoryName"
PATTERN, ACCOUNTS = "ImageTagPattern", "ReplicatingAccountIds"


class _Filled(NamedTuple):
    """A parameter file without problems: its template, its environment, and the values with their defaults."""

    path: Path
    template: str
    environment: str
    values: dict[str, str]

    def listed(self, name: str) -> list[str]:
        """The members of a list with commas."""
        return [each for each in self.values.get(name, "").split(",") if each]


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Tags that can be pushed again in a repository, and are immutable where its images are replicated to.

    ECR then replicates the image without its tag, so that it starts nothing.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html#replication-considerations
    """
    names = {subject.name for subject in subjects}
    filled = [each for path in entries(folder) for each in _filled(path)]
    for receiving in (each for each in filled if each.template == RECEIVING):
        mutability = Mutability("IMMUTABLE_WITH_EXCLUSION", (STAGE_TAGS, *receiving.listed(MOVING)))
        for other in filled:
            is_asked = names & {RECEIVING, other.template} and environment in (
                None,
                receiving.environment,
                other.environment,
            )
            if is_asked and other.values.get(REPOSITORY, "").startswith(tuple(receiving.listed(PREFIXES))):
                yield from _problems(other, receiving, mutability)


def _problems(other: _Filled, receiving: _Filled, mutability: Mutability) -> Iterator[Finding]:
    repository = other.values[REPOSITORY]
    if other.template == SOURCE:
        for tag in other.listed(MOVING):
            if mutability.fixes(tag):
                message = (
                    f"{tag} moves in {repository} ({other.path}) and is immutable here: a replica arrives without the"
                    f" tag. Add {tag}, or remove it there"
                )
                yield Finding(path=str(receiving.path), place=MOVING, message=message, check=CHECK)
    elif other.values.get(ACCOUNTS, "none") != "none" and other.environment == receiving.environment:
        for hazard in triggers_that_cannot_fire_again(mutability, [other.values[PATTERN]]):
            message = f"{hazard.message}. {MOVING} in {receiving.path} says what moves in {repository}"
            yield Finding(path=str(other.path), place=PATTERN, message=message, check=CHECK)


def _filled(path: Path) -> Iterator[_Filled]:
    template, environment = parameter_files.template_of(path), parameter_files.environment_of(path)
    if template not in catalog.templates() or not environment or special(path):
        return
    body, file = _body(template), parameter_files.read(path)
    declared = body.get("Parameters", {})
    if {REPOSITORY, PREFIXES} & {*declared} and not any(parameter_file_problems.problems(file, body)):
        meanings = parameter_file_problems.meanings(body, dict(file.entries))
        yield _Filled(path, template, environment, {name: str(value) for name, value in meanings.items()})


@cache
def _body(template: str) -> dict[str, Any]:
    return render.to_dict(catalog.build(template))
