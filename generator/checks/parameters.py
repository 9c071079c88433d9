"""Parameter files against the templates that they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.checks.subject import Subject, entries
from generator.cloudformation import parameter_files, template_rules, values
from generator.cloudformation.parameter_files import CHECK, ParameterFile, place
from generator.findings import Finding
from generator.suggestion import did_you_mean


def check(subject: Subject, folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """What is wrong with the parameter files of a template; or with the one of an environment, which must be there."""
    paths = [path for path in entries(folder) if parameter_files.template_of(path) == subject.name]
    if environment is not None:
        wanted = parameter_files.path_of(folder, subject.name, environment)
        if wanted not in paths:
            known = [path.name.split(".")[1] for path in paths]
            there = f"; environments: {', '.join(known)}{did_you_mean(environment, known)}" if known else ""
            hint = f"`ecr-pipeline params new {subject.name} --env {environment}` makes it"
            yield Finding(path=str(wanted), message=f"is not there: {hint}{there}", check=CHECK)
            return
        paths = [wanted]
    for path in paths:
        yield from problems(parameter_files.read(path), subject.body)


def strays(folder: Path, published: frozenset[str]) -> Iterator[Finding]:
    """What lies in the folder of the parameter files and belongs to no template."""
    for path in entries(folder):
        template = parameter_files.template_of(path)
        if template is None:
            message = "allowed: <template>.<environment>.json, of lower case letters, digits and hyphens"
            yield Finding(path=str(path), message=message, check=CHECK)
        elif template not in published:
            message = f"there is no template {template}{did_you_mean(template, published)}"
            yield Finding(path=str(path), message=message, check=CHECK)


def problems(file: ParameterFile, body: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with a parameter file, by itself and for the template."""
    yield from file.problems
    if not file.readable:
        return
    declared = body.get("Parameters", {})
    for where, message in (*_values(file, declared), *_missing(file, declared), *_rules(file, body)):
        yield Finding(path=str(file.path), place=where, message=message, check=CHECK)


def _values(file: ParameterFile, declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in file.entries:
        if key not in declared:
            yield place(key), f"the template has no such parameter{did_you_mean(key, declared)}"
        elif value is not None:
            for message in values.problems(declared[key], value):
                yield key, message


def _missing(file: ParameterFile, declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    given = {key for key, _ in file.entries}
    for key, declaration in declared.items():
        if key not in given and "Default" not in declaration and not values.is_secret(declaration):
            yield key, f"is missing and has no default, allowed: {_told(declaration)}"


def _told(declaration: Mapping[str, Any]) -> str:
    return ", ".join(str(declaration[key]) for key in ("Type", "Description") if key in declaration)


def _rules(file: ParameterFile, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from template_rules.broken(body.get("Rules", {}), meanings(body, dict(file.entries)))


def meanings(body: Mapping[str, Any], given: Mapping[str, str | None]) -> dict[str, str | list[str] | None]:
    """What a Ref to each parameter of the template gives, with these values and its defaults; None is not known."""
    return {
        key: _meaning(declaration, given.get(key, declaration.get("Default")))
        for key, declaration in body.get("Parameters", {}).items()
    }


def _meaning(declaration: Mapping[str, Any], value: object) -> str | list[str] | None:
    """What a Ref to the parameter gives, as far as that is known before AWS is asked."""
    kind = declaration["Type"]
    if value is None or kind.startswith("AWS::SSM::Parameter::Value<"):
        return None
    return values.members(values.text(value)) if values.is_list(kind) else values.text(value)
