"""Amazon EKS: the containers of a Deployment get the digest by kubectl, or a release by Helm.

The deployer of the stage is a CodeBuild project in the VPC of the cluster; the pipeline runs it with the image.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

from __future__ import annotations

import json

from troposphere import Template
from troposphere.codepipeline import FailureConditions

from generator.components.deployer_builds import deployer_of_stage, run_deployer
from generator.components.stage_parameters import Place
from generator.deployers.eks import deployer
from generator.model.stages import Stage, action
from generator.targets import Deployment, Ground, Target


def add_stage(_template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that runs its deployer. The artifact of Inspect is its input, because a build must have one."""
    variables = [{"name": "IMAGE_URI", "value": ground.inspection.image_uri}]
    deploy = action(
        "Deploy",
        category="Build",
        provider="CodeBuild",
        configuration={"ProjectName": place.where, "EnvironmentVariables": json.dumps(variables)},
        inputs=[ground.inspection.artifact],
    )
    return Stage(
        name=place.name,
        actions=(deploy,),
        grants=(run_deployer(place.name),),
        # The stage rolls back to a run that succeeded in it since the last change of the pipeline, never to a rollback.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
        on_failure=FailureConditions(Result="ROLLBACK"),
        only_if=place.only_if,
    )


TARGET = Target(
    name="eks",
    summary="Image pipeline: a push to ECR is inspected, deployed to EKS staging, approved, deployed to EKS production",
    prepare=lambda _template, _places, _base: Deployment(add=add_stage),
    where=deployer_of_stage("deployer-eks"),
    deployer=deployer,
)
