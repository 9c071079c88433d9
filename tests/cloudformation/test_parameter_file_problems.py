"""Deployment windows in parameter files: what the pattern of the form cannot see is a problem of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import catalog
from generator.cloudformation import parameter_files
from generator.cloudformation.parameter_file_problems import problems
from generator.findings import Finding
from generator.model.deployment_window import PARAMETER
from generator.publishing import render

ROOT = Path(__file__).parent.parent.parent


def found(folder: Path, window: str, template: str = "pipeline-lambda") -> list[Finding]:
    """The problems of an example with this window."""
    values = json.loads((ROOT / f"params/{template}.prod.json").read_text(encoding="utf-8"))
    values = [each for each in values if each["ParameterKey"] != PARAMETER]
    file = folder / f"{template}.prod.json"
    file.write_text(json.dumps([*values, {"ParameterKey": PARAMETER, "ParameterValue": window}]), encoding="utf-8")
    return list(problems(parameter_files.read(file), render.to_dict(catalog.build(template))))


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("* * 16-9 ? * MON in UTC", "16-9 runs backwards"),
        ("* * 9 ? * FRI-MON in UTC", "FRI-MON runs backwards"),
        ("* * 9 ? * MON in Europe/Berln", "did you mean Europe/Berlin"),
        ("* * 9 ? * MON in Nowhere/City", "there is no time zone Nowhere/City"),
        ("every day", "Enter hours and days, such as"),
    ],
)
def test_a_window_that_never_opens_is_a_problem(tmp_path: Path, window: str, message: str) -> None:
    """The file, the line, the parameter, and what to enter: once."""
    [problem] = found(tmp_path, window)
    assert (str(tmp_path / "pipeline-lambda.prod.json"), 1, PARAMETER) == (problem.path, problem.line, problem.place)
    assert message in problem.message


@pytest.mark.parametrize(
    "window", ["", "* * 9-16 ? * MON-THU in Europe/Berlin", "* * 9 ? * MON in America/Argentina/Buenos_Aires"]
)
def test_a_window_that_opens_is_no_problem(tmp_path: Path, window: str) -> None:
    """Empty is always."""
    assert [] == found(tmp_path, window)


def test_other_templates_have_no_windows(tmp_path: Path) -> None:
    """A parameter that a template does not have is a problem of another kind."""
    [problem] = found(tmp_path, "* * 16-9 ? * MON in UTC", "pipeline-release")
    assert "the template has no such parameter" in problem.message
