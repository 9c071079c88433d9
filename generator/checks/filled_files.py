"""Parameter files without problems, which checks compare with each other: other checks report what is wrong in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from generator import catalog
from generator.checks.subject import special
from generator.cloudformation import parameter_file_problems, parameter_files
from generator.cloudformation.parameter_files import ParameterFile
from generator.publishing import render


@dataclass(frozen=True, kw_only=True)
class FilledFile:
    """A parameter file, its template, and the values of all parameters with their defaults."""

    file: ParameterFile
    template: str
    body: Mapping[str, Any]
    environment: str
    values: Mapping[str, str]

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    def listed(self, name: str) -> list[str]:
        """The members of a list with commas."""
        return [each for each in self.values.get(name, "").split(",") if each]


def filled(path: Path, *wanted: str) -> Iterator[FilledFile]:
    """The file, if its template has one of the `wanted` parameters and nothing is wrong with it."""
    template, environment = parameter_files.template_of(path), parameter_files.environment_of(path)
    if template not in catalog.templates() or not environment or special(path):
        return
    body = _body(template)
    if not body.get("Parameters", {}).keys() & set(wanted):
        return
    file = parameter_files.read(path)
    if any(parameter_file_problems.problems(file, body)):
        return
    meanings = parameter_file_problems.meanings(body, dict(file.entries))
    yield FilledFile(
        file=file,
        template=template,
        body=body,
        environment=environment,
        values={name: str(value) for name, value in meanings.items()},
    )


@cache
def _body(template: str) -> dict[str, Any]:
    return render.to_dict(catalog.build(template))
