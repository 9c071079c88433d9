"""Deployment windows in parameter files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import catalog
from generator.checks import windows
from generator.checks.subject import Subject
from generator.findings import Finding
from generator.publishing import render

ROOT = Path(__file__).parent.parent.parent


def _found(folder: Path, window: str | None, template: str = "pipeline-lambda") -> list[Finding]:
    values = json.loads((ROOT / f"params/{template}.dev.json").read_text(encoding="utf-8"))
    values = [each for each in values if each["ParameterKey"] != windows.WINDOW]
    if window is not None:
        values.append({"ParameterKey": windows.WINDOW, "ParameterValue": window})
    (folder / f"{template}.dev.json").write_text(json.dumps(values), encoding="utf-8")
    return list(windows.check(Subject(template, Path(), render.to_json(catalog.build(template))), folder))


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("* * 16-9 ? * MON in UTC", "16-9 runs backwards"),
        ("* * 9 ? * FRI-MON in UTC", "FRI-MON runs backwards"),
        ("* * 9 ? * MON in Europe/Berln", "did you mean Europe/Berlin"),
    ],
)
def test_errors_that_the_form_cannot_detect_are_found(tmp_path: Path, window: str, message: str) -> None:
    """The file, the parameter, and what to enter."""
    [finding] = _found(tmp_path, window)
    assert (str(tmp_path / "pipeline-lambda.dev.json"), "ProductionWindow") == (finding.path, finding.place)
    assert message in finding.message


@pytest.mark.parametrize("window", [None, "", "* * 9-16 ? * MON-THU in Europe/Berlin", "every day"])
def test_a_valid_or_refused_value_is_no_finding(tmp_path: Path, window: str | None) -> None:
    """A value that the pattern refuses is a finding of another check."""
    assert [] == _found(tmp_path, window)


def test_other_templates_have_no_windows(tmp_path: Path) -> None:
    """A parameter that a template does not have is a finding of another check."""
    assert [] == _found(tmp_path, "* * 16-9 ? * MON in UTC", "pipeline-release")
