"""What `init` says of the files that it has written: what the parameter files of the folder show to be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.checks import inspected_repositories
from generator.checks.filled_files import FilledFile, filled
from generator.checks.inspected_repositories import PATTERN, PLATFORM, REPOSITORY
from generator.checks.subject import entries
from generator.cloudformation.example_files import unchanged_examples
from generator.cloudformation.parameter_file_problems import meanings
from generator.cloudformation.parameter_files import ParameterFile
from generator.publishing.starter_set import StarterFile

PROVIDERS = {"platform": PLATFORM, "network": "Network"}
"""The templates that others import from, and the parameter that names the stack in both."""
NONE = "none"


def advice(path: Path, made: StarterFile, *, exists: frozenset[str]) -> Iterator[str]:
    """What to do about a written file before its stack is deployed. What `exists` has no file here."""
    folder = path.parent
    examples = unchanged_examples(folder)
    names = (PATTERN, REPOSITORY, *PROVIDERS.values())
    files = [each for other in entries(folder) if other not in examples for each in filled(other, *names)]
    mine = FilledFile(
        file=ParameterFile(path, readable=True),
        template=made.template,
        body=made.body,
        environment=made.environment,
        values={name: str(value) for name, value in meanings(made.body, made.values).items()},
    )
    for finding in inspected_repositories.problems(mine, files):
        yield f"correct {finding.place} in {path}: {finding.message}"
    for template in PROVIDERS.keys() - exists - {made.template}:
        yield from _missing(template, mine.values, files)


def _missing(template: str, values: Mapping[str, str], files: list[FilledFile]) -> Iterator[str]:
    """A platform or network that the file names, if there are files of others and none of this one."""
    parameter = PROVIDERS[template]
    name = values.get(parameter, NONE)
    others = {each.values[parameter]: each.path for each in files if each.template == template}
    if name != NONE and others and name not in others:
        there = ", ".join(f"{path} creates {other}" for other, path in sorted(others.items()))
        yield f"deploy the {template} {name} first, unless it exists: no parameter file here creates it ({there})"
