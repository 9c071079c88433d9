"""Deployment windows in parameter files: errors that the pattern of the form cannot detect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

from generator.checks import parameter_values
from generator.checks.subject import Subject, special
from generator.cloudformation import parameter_files
from generator.cloudformation.parameter_types import problems
from generator.errors import GeneratorError
from generator.findings import Finding
from generator.model.deployment_window import BETWEEN, read

CHECK = "windows"
WINDOW = "ProductionWindow"


def check(subject: Subject, folder: Path, *, environment: str | None = None) -> Iterator[Finding]:
    """Windows whose ranges run backwards, and time zones that do not exist. CloudFormation would accept both."""
    declaration = subject.body.get("Parameters", {}).get(WINDOW)
    for path in parameter_values.files(subject, folder, environment) if declaration else ():
        if special(path):
            continue
        given = str(dict(parameter_files.read(path).entries).get(WINDOW, ""))
        if given and not any(problems(declaration, given)):
            cron, _, zone = given.partition(BETWEEN)
            try:
                # A machine without a time zone database knows no zone.
                read(cron, zone if available_timezones() else "UTC")
            except GeneratorError as error:
                yield Finding(path=str(path), place=WINDOW, message=str(error), check=CHECK)
