"""Tags that move where images are pushed, against the registries that receive them: the parameter files of a folder.

The accounts of a folder have files of different environments, so that every file is compared with every other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from generator.checks.filled_files import FilledFile, filled
from generator.checks.subject import Subject, entries
from generator.components.lifecycle import STAGE_TAGS
from generator.findings import Finding
from generator.lifecycle.mutability import Mutability, triggers_that_cannot_fire_again

CHECK = "received-tags"
SOURCE, RECEIVING = "registry", "registry-receiving"
MOVING, PREFIXES, REPOSITORY = "MovingTags", "RepositoryPrefixes", "RepositoryName"
PATTERN, ACCOUNTS = "ImageTagPattern", "ReplicatingAccountIds"


def check(subjects: Iterable[Subject], folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Tags that can be pushed again in a repository, and are immutable where its images are replicated to.

    ECR then replicates the image without its tag, so that it starts nothing.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html#replication-considerations
    """
    names = {subject.name for subject in subjects}
    files = [each for path in entries(folder) for each in filled(path, REPOSITORY, PREFIXES)]
    for receiving in (each for each in files if each.template == RECEIVING):
        mutability = Mutability("IMMUTABLE_WITH_EXCLUSION", (STAGE_TAGS, *receiving.listed(MOVING)))
        for other in files:
            is_asked = names & {RECEIVING, other.template} and environment in (
                None,
                receiving.environment,
                other.environment,
            )
            if is_asked and other.values.get(REPOSITORY, "").startswith(tuple(receiving.listed(PREFIXES))):
                yield from _problems(other, receiving, mutability)


def _problems(other: FilledFile, receiving: FilledFile, mutability: Mutability) -> Iterator[Finding]:
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
