"""Parameter files against the templates that they are for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator import catalog
from generator.checks.subject import NOT_A_FILE, Subject, entries, special
from generator.cloudformation import parameter_file_problems, parameter_files
from generator.cloudformation.account_folders import account_folder
from generator.cloudformation.parameter_files import CHECK
from generator.findings import Finding
from generator.program_name import program
from generator.suggestion import did_you_mean


def check(subject: Subject, folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """The problems of a template's parameter files; with an environment, of its file, which must exist."""
    if environment is not None and not files(subject, folder, environment):
        known = [str(parameter_files.environment_of(path)) for path in files(subject, folder)]
        there = f"; environments: {', '.join(known)}{did_you_mean(environment, known)}" if known else ""
        hint = f"`{program()} params new {subject.name} --env {environment}` creates it"
        wanted = parameter_files.path_of(folder, subject.name, environment)
        yield Finding(path=str(wanted), message=f"does not exist: {hint}{there}", check=CHECK)
    for path in files(subject, folder, environment):
        if special(path):
            yield Finding(path=str(path), message=NOT_A_FILE, check=CHECK)
        else:
            yield from parameter_file_problems.problems(
                parameter_files.read(path), subject.body, catalog.with_parameter
            )


def files(subject: Subject, folder: Path, environment: str | None = None) -> list[Path]:
    """The existing parameter files of a template, of all environments or of one."""
    return [
        path
        for path in all_files(folder)
        if parameter_files.template_of(path) == subject.name
        and environment in (None, parameter_files.environment_of(path))
    ]


def strays(folder: Path, published: frozenset[str]) -> Iterator[Finding]:
    """Files in the folder of the parameter files that belong to no template."""
    for path in all_files(folder):
        template = parameter_files.template_of(path)
        if template is None:
            message = "allowed: <template>.<environment>.json with lower-case letters, digits and hyphens"
            yield Finding(path=str(path), message=message, check=CHECK)
        elif template not in published:
            message = f"there is no template {template}{did_you_mean(template, published)}"
            yield Finding(path=str(path), message=message, check=CHECK)


def all_files(folder: Path) -> list[Path]:
    """The entries of the folder, and those of the folders of accounts in it."""
    found = entries(folder)
    inside = [each for path in found if account_folder(path) for each in entries(path)]
    return [*(path for path in found if not account_folder(path)), *inside]
