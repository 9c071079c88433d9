"""Triggers of pipelines against the repositories that they watch."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import catalog
from generator.checks import triggers
from generator.findings import Finding
from tests.checks.filling import fill, subjects
from tests.conftest import RENDERED

PIPELINES = sorted(name for name in catalog.templates() if name.startswith("pipeline-"))


def _found(folder: Path, *names: str, environment: str | None = None) -> list[Finding]:
    return list(triggers.check(subjects(*names), folder, environment=environment))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_that_starts_once_and_never_again_is_reported(tmp_path: Path, pipeline: str) -> None:
    """It waits for one tag, and that tag cannot move: the finding says where to change which of the two."""
    registry = fill(tmp_path, "registry", MovingTags="main")
    watching = fill(tmp_path, pipeline, ImageTagPattern="latest")
    (finding,) = _found(tmp_path, pipeline)
    assert (str(watching), "ImageTagPattern", "triggers") == (finding.path, finding.place, finding.check)
    assert "this one tag can be pushed only once, for one run" in finding.message
    assert f"MovingTags in {registry} says what moves in team/orders" in finding.message


@pytest.mark.parametrize(
    ("pattern", "moving"),
    [("latest", "latest"), ("latest", "edge,lat*"), ("v*", ""), ("*-2*Z", "latest"), ("*-latest", "*-latest")],
)
def test_a_tag_that_moves_or_is_used_once_is_no_finding(tmp_path: Path, pattern: str, moving: str) -> None:
    """A tag that an exclusion covers is pushed again and again; versions are new each time."""
    fill(tmp_path, "registry", MovingTags=moving)
    fill(tmp_path, "pipeline-ecs", ImageTagPattern=pattern)
    assert [] == _found(tmp_path, "pipeline-ecs", "registry")


def test_a_pattern_of_a_tag_that_moves_is_reported_as_well(tmp_path: Path) -> None:
    """`orders-latest` is as much one moving tag as `latest` is."""
    fill(tmp_path, "registry", MovingTags="latest")
    fill(tmp_path, "pipeline-ecs", ImageTagPattern="*-latest")
    (finding,) = _found(tmp_path, "pipeline-ecs")
    assert "orders-latest" in finding.message


@pytest.mark.parametrize(
    ("environment", "repository"), [("prod", "team/orders"), ("dev", "team/payments")], ids=["environment", "name"]
)
def test_another_repository_has_its_own_tags(tmp_path: Path, environment: str, repository: str) -> None:
    """Files of two environments, or about two repositories, have nothing to do with each other."""
    fill(tmp_path, "registry", environment, MovingTags="", RepositoryName=repository)
    fill(tmp_path, "pipeline-ecs", ImageTagPattern="latest")
    assert [] == _found(tmp_path, "pipeline-ecs", "registry")


def test_it_is_reported_with_either_template(tmp_path: Path) -> None:
    """A check of the registry reports it as well; a check of a third template or environment does not."""
    fill(tmp_path, "registry", MovingTags="")
    fill(tmp_path, "pipeline-ecs", ImageTagPattern="latest")
    assert _found(tmp_path, "registry", environment="dev") == _found(tmp_path, "pipeline-ecs", environment="dev")
    assert 1 == len(_found(tmp_path, "registry"))
    assert [] == _found(tmp_path, "pipeline-eks")
    assert [] == _found(tmp_path, "pipeline-ecs", environment="prod")


def test_files_with_problems_of_their_own_are_left_to_other_checks(tmp_path: Path) -> None:
    """Nothing is concluded from a value that is refused anyway, from rubbish, or from a file of no template."""
    fill(tmp_path, "registry", MovingTags="not a tag")
    fill(tmp_path, "pipeline-ecs", ImageTagPattern="latest")
    fill(tmp_path, "pipeline-eks", ImageTagPattern="*")
    (tmp_path / "pipeline-lambda.dev.json").write_text("rubbish")
    (tmp_path / "nothing.dev.json").write_text("[]")
    (tmp_path / "README").write_text("")
    assert [] == _found(tmp_path, *PIPELINES, "registry")


def test_every_published_repository_declares_which_tags_move() -> None:
    """The finding names the parameter: each template that makes a repository has it."""
    for template in RENDERED.values():
        if "AWS::ECR::Repository" in {each["Type"] for each in template["Resources"].values()}:
            assert triggers.MOVING in template["Parameters"]
