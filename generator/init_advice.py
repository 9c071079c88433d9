"""The advice of `init` about a file that it has written, from the other parameter files of the folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.checks import inspected_repositories
from generator.checks.filled_files import FilledFile, filled
from generator.checks.subject import entries
from generator.cloudformation.example_files import unchanged_examples
from generator.cloudformation.imports import needs, provides
from generator.cloudformation.parameter_file_problems import meanings
from generator.cloudformation.parameter_files import ParameterFile
from generator.publishing.starter_set import StarterFile

NONE = "none"


def advice(path: Path, made: StarterFile, *, exists: frozenset[str]) -> Iterator[str]:
    """The steps before the stack of a written file is deployed. `exists` are templates whose stacks exist."""
    examples = unchanged_examples(path.parent)
    others = [each for each in entries(path.parent) if each not in examples]
    files = [each for other in others for each in filled(other, *made.body["Parameters"])]
    mine = FilledFile(
        file=ParameterFile(path, readable=True),
        template=made.template,
        body=made.body,
        environment=made.environment,
        values={name: str(value) for name, value in meanings(made.body, made.values).items()},
    )
    for finding in inspected_repositories.problems(mine, files):
        yield f"correct {finding.place} in {path}: {finding.message}"
    for kind in sorted(needs(made.body)):
        providers = [each for each in files if kind in provides(each.body)]
        if not exists & {each.template for each in providers}:
            yield from _missing(kind, mine, providers)


def _missing(kind: str, mine: FilledFile, providers: list[FilledFile]) -> Iterator[str]:
    """A platform or network that the file names, if there are files of others and none of this one."""
    found: dict[str, Path] = {}
    wanted = ""
    for each in providers:
        parameter = provides(each.body)[kind]
        found[each.values[parameter]] = each.path
        wanted = mine.values.get(parameter, NONE)
    if found and wanted not in (NONE, *found):
        there = ", ".join(f"{path} creates {name}" for name, path in sorted(found.items()))
        yield f"deploy the {kind} {wanted} first, unless it exists: no parameter file here creates it ({there})"
