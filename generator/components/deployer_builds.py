"""Deployers that are CodeBuild projects: the parameter that names one, and the permission to run it."""

from __future__ import annotations

from awacs import codebuild

from generator.components.stage_parameters import Where
from generator.model.arn import arn
from generator.model.grants import Grant


def deployer_of_stage(template: str) -> Where:
    """The parameter of each stage for the project of a stack of this template, `<stage>Deployer`."""
    return Where(
        "Deployer",
        "Deployer",
        "CodeBuild project",
        "[A-Za-z][A-Za-z0-9-]{0,127}-Deploy",
        f"the output Deployer of its {template} stack, which is <stack>-Deploy",
    )


def run_deployer(stage: str) -> Grant:
    """Run the deployer of a stage."""
    return Grant(
        sid=f"Deploy{stage}",
        actions=(codebuild.BatchGetBuilds, codebuild.StartBuild),
        resources=(arn("codebuild", f"project/${{{stage}Deployer}}"),),
        why=f"The pipeline runs the deployer of {stage.lower()}.",
    )
