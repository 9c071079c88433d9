"""Problems of parameter files that the pattern of a form cannot detect, and unknown parameters."""

from __future__ import annotations

import json
import re
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
    """The file, the line, the parameter, and the value to enter: once."""
    [problem] = found(tmp_path, window)
    assert (str(tmp_path / "pipeline-lambda.prod.json"), 1, PARAMETER) == (problem.path, problem.line, problem.place)
    assert message in problem.message


@pytest.mark.parametrize(
    "window", ["", "* * 9-16 ? * MON-THU in Europe/Berlin", "* * 9 ? * MON in America/Argentina/Buenos_Aires"]
)
def test_a_window_that_opens_is_no_problem(tmp_path: Path, window: str) -> None:
    """Empty is always."""
    assert [] == found(tmp_path, window)


@pytest.mark.parametrize(
    ("homes", "hint"),
    [
        ((), r"\(did you mean ProductionWindow\?\) "),
        (("a",), r"\(it is one of a\) "),
        (("a", "b", "c", "d"), r"\(it is one of a, b, c, ...\) "),
    ],
)
def test_a_parameter_of_another_template_is_named_with_it(tmp_path: Path, homes: tuple[str, ...], hint: str) -> None:
    """With at most three of them; otherwise with the one that may be meant."""
    file = tmp_path / "pipeline-lambda.dev.json"
    file.write_text('[{"ParameterKey": "ProductionWindo", "ParameterValue": "x"}]', encoding="utf-8")
    body = render.to_dict(catalog.build("pipeline-lambda"))
    first = sorted(problems(parameter_files.read(file), body, lambda _: homes))[-1]
    assert re.search(rf"ProductionWindo: the template has no such parameter {hint}", str(first))


def test_other_templates_have_no_windows(tmp_path: Path) -> None:
    """A parameter that a template does not have is a problem of another kind."""
    [problem] = found(tmp_path, "* * 16-9 ? * MON in UTC", "pipeline-release")
    assert "the template has no such parameter" in problem.message
