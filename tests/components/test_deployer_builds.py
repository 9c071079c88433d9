"""A deployer that is a build: its name ends as its project does, and one grant runs it."""

from __future__ import annotations

import re

import pytest

from generator.components.deployer_builds import deployer_of_stage, run_deployer


@pytest.mark.parametrize(
    ("name", "fits"), [("orders-staging-Deploy", True), ("orders-Inspect", False), ("-Deploy", False)]
)
def test_a_deployer_is_named_as_its_template_names_the_project(name: str, fits: bool) -> None:  # noqa: FBT001
    """The project of another build cannot be entered, and the example names the template."""
    where = deployer_of_stage("deployer-eks")
    assert fits == bool(re.fullmatch(where.pattern, name))
    assert "deployer-eks stack, which is <stack>-Deploy" in where.example


def test_a_pipeline_may_run_the_deployer_of_its_stage_alone() -> None:
    """Start and follow its builds, and nothing on other projects."""
    statement = run_deployer("Staging").statement()
    assert "DeployStaging" == statement["Sid"]
    assert ["codebuild:BatchGetBuilds", "codebuild:StartBuild"] == [each.JSONrepr() for each in statement["Action"]]  # type: ignore[attr-defined]
    assert "project/${StagingDeployer}" in str(statement["Resource"].to_dict())  # type: ignore[attr-defined]
