"""All checks together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import catalog
from generator.checks import suite
from generator.errors import GeneratorError
from generator.publishing import render

NAME = next(iter(catalog.templates()))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Templates as they should be, and an empty folder of parameter files."""
    templates, params = tmp_path / "templates", tmp_path / "params"
    templates.mkdir()
    params.mkdir()
    for name, build in catalog.templates().items():
        (templates / f"{name}.json").write_text(render.to_json(build()), encoding="utf-8")
    return templates, params


def said(templates: Path, params: Path, *names: str, environment: str | None = None) -> list[str]:
    """The findings, without the folders."""
    checked = suite.published(
        names, templates_dir=templates, params_dir=params, docs_dir=templates.parent / "docs", environment=environment
    )
    return [str(finding).replace(f"{templates.parent}/", "") for finding in checked.findings]


@pytest.mark.slow
def test_published_files_have_no_findings(folders: tuple[Path, Path]) -> None:
    """Every template passes every check."""
    assert [] == said(*folders)


@pytest.mark.slow
def test_every_kind_of_finding_comes_in_one_sorted_list(folders: tuple[Path, Path]) -> None:
    """Drift, strays and problems of parameter files are reported together."""
    templates, params = folders
    (templates / f"{NAME}.json").unlink()
    (templates / "old.json").write_text("{}")
    (params / f"{NAME}.dev.json").write_text("[1]")
    (params / "old.dev.json").write_text("[]")
    window = {"ParameterKey": "ProductionWindow", "ParameterValue": "* * 22-6 ? * MON in UTC"}
    (params / "pipeline-lambda.dev.json").write_text(json.dumps([window]))
    found = said(*folders)
    assert sorted(found) == found
    for start in (
        f"params/{NAME}.dev.json:1: entry 1: given 1",
        "params/old.dev.json: there is no template old",
        "params/pipeline-lambda.dev.json:1: ProductionWindow: hours: 22-6 runs backwards",
        f"templates/{NAME}.json: does not exist",
        "templates/old.json: not a template of the generator",
    ):
        assert any(line.startswith(start) for line in found)


def test_with_a_name_only_its_files_count(folders: tuple[Path, Path]) -> None:
    """Strays belong to no template."""
    templates, params = folders
    (templates / "old.json").write_text("{}")
    (params / "old.dev.json").write_text("[]")
    assert not [line for line in said(*folders, NAME) if "old" in line]


def test_with_an_environment_its_file_must_be_there(folders: tuple[Path, Path]) -> None:
    """A file to be deployed must exist."""
    assert said(*folders, NAME, environment="dev")[0].startswith(f"params/{NAME}.dev.json: does not exist")


def test_an_unknown_name_is_an_error_of_the_user(folders: tuple[Path, Path]) -> None:
    """It names those that exist."""
    with pytest.raises(GeneratorError, match=NAME):
        said(*folders, "nothing-of-the-kind")
