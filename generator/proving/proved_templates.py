"""The templates to prove, each with its parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator import catalog
from generator.cloudformation import parameter_file_problems, parameter_files
from generator.cloudformation.example_files import unchanged_examples
from generator.cloudformation.offline_stack import Location, OfflineStack
from generator.errors import GeneratorError
from generator.publishing import render

ENVIRONMENT = "dev"


@dataclass(frozen=True, kw_only=True)
class ProvedTemplate:
    """A template with parameters."""

    name: str
    text: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    parameters: Mapping[str, str]
    is_example: bool
    """Whether the parameters came with the project: they name resources of another account."""
    missing: str = ""
    """Why it cannot be proved: some parameters have no value."""

    def offline(self, place: Location, stack: str) -> OfflineStack:
        """The template as it would be deployed."""
        return OfflineStack(template=self.body, name=stack, parameters=self.parameters, place=place)


def proved_templates(names: Collection[str], *, environment: str, params_dir: Path) -> tuple[ProvedTemplate, ...]:
    """The named templates, or all. GeneratorError lists everything that is wrong with the parameter files."""
    wrong: list[str] = []
    examples = unchanged_examples(params_dir) if params_dir.is_dir() else frozenset()
    found = [
        _read(name, parameter_files.path_of(params_dir, name, environment), examples, wrong)
        for name in (dict.fromkeys(names) or catalog.templates())
    ]
    if wrong:
        raise GeneratorError("\n".join(wrong))
    return tuple(found)


def _read(name: str, path: Path, examples: Collection[Path], wrong: list[str]) -> ProvedTemplate:
    template = catalog.build(name)
    text = render.to_json(template)
    body = render.to_dict(template)
    values: dict[str, str] = {}
    missing = ""
    if path.is_file():
        file = parameter_files.read(path)
        wrong += map(str, parameter_file_problems.problems(file, body, catalog.with_parameter))
        values = {key: value for key, value in file.entries if value is not None}
    elif required := list(_without_default(body)):
        environment = parameter_files.environment_of(path)
        missing = (
            f"there is no {path} with {', '.join(required)}:"
            f" `ecr-pipeline params new {name} --env {environment}` starts one"
        )
    return ProvedTemplate(
        name=name, text=text, body=body, parameters=values, is_example=path in examples, missing=missing
    )


def _without_default(body: Mapping[str, Any]) -> Iterator[str]:
    for name, declaration in body.get("Parameters", {}).items():
        if "Default" not in declaration:
            yield name
