"""Limits of pipelines that are looser than their platform's."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.checks import looser_limits, suite
from generator.cli import cli
from generator.findings import Finding
from tests.checks.filling import ROOT, fill, subjects


def _notes(folder: Path, *names: str, environment: str | None = None) -> list[Finding]:
    return list(looser_limits.check(subjects(*names), folder, environment=environment))


def test_a_looser_limit_is_noted(tmp_path: Path) -> None:
    """With its line, both values and the file of the platform; a default of the platform counts as well."""
    platform = fill(tmp_path, "platform", "main", RepositoryPattern="*", MaxHighFindings="3")
    limits = {"MaxCriticalFindings": "5", "MaxHighFindings": "12"}
    pipeline = fill(tmp_path, "pipeline-ecs", "orders", **limits)
    critical, high = _notes(tmp_path, "pipeline-ecs")
    assert f"given 5, but the platform main has 0, which applies ({platform})" == critical.message
    assert f"given 12, but the platform main has 3, which applies ({platform})" == high.message
    assert '"ParameterValue": "12"' in pipeline.read_text().splitlines()[high.line - 1]
    assert [critical, high] == _notes(tmp_path, "platform", environment="main")
    assert [] == _notes(tmp_path, "pipeline-eks")


@pytest.mark.parametrize("limit", ["3", "2", ""])
def test_a_limit_that_applies_is_not_noted(tmp_path: Path, limit: str) -> None:
    """An equal one, a stricter one, or none; and one that is compared with no file."""
    fill(tmp_path, "platform", "main", MaxHighFindings="3")
    fill(tmp_path, "pipeline-ecs", "orders", MaxHighFindings=limit)
    fill(tmp_path, "pipeline-ecs", "other", MaxHighFindings="9", Platform="elsewhere")
    assert [] == _notes(tmp_path, "pipeline-ecs")


def test_one_of_several_platforms_may_allow_it(tmp_path: Path) -> None:
    """Those of other accounts, for example: nobody knows which one it is, unless the environment says so."""
    fill(tmp_path, "platform", "dev", MaxHighFindings="0")
    fill(tmp_path, "platform", "test", MaxHighFindings="3")
    pipeline = fill(tmp_path, "pipeline-ecs", "orders", MaxHighFindings="2")
    assert [] == _notes(tmp_path, "pipeline-ecs")
    pipeline.rename(tmp_path / "pipeline-ecs.dev.json")
    assert 1 == len(_notes(tmp_path, "pipeline-ecs"))
    fill(tmp_path, "pipeline-ecs", "orders", MaxHighFindings="4")
    has = f"0, which applies ({tmp_path / 'platform.dev.json'}) or 3, which applies ({tmp_path / 'platform.test.json'})"
    assert [f"given 4, but the platform main has {has}"] == [
        each.message for each in _notes(tmp_path, "pipeline-ecs", environment="orders")
    ]


def test_a_note_is_no_finding(tmp_path: Path) -> None:
    """It does not fail `check`, and programs get it in a list of its own."""
    fill(tmp_path, "platform", "main", RepositoryPattern="*")
    fill(tmp_path, "pipeline-release", "orders", MaxCriticalFindings="5")
    templates, docs = ROOT / "templates", ROOT / "docs"
    checked = suite.published(["pipeline-release"], templates_dir=templates, params_dir=tmp_path, docs_dir=docs)
    assert () == checked.findings
    assert ["MaxCriticalFindings"] == [each["place"] for each in suite.data(checked)["notes"]]
    done = CliRunner().invoke(cli, ["check", "pipeline-release", "--params-dir", str(tmp_path)])
    assert (0, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith(f"Note: {tmp_path / 'pipeline-release.orders.json'}:")
    assert done.stderr.splitlines()[-1] == "No findings in 1 template and 1 parameter file."
