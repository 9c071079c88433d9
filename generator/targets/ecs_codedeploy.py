"""Amazon ECS by CodeDeploy: blue/green, canary or linear, with alarms that stop it and roll it back.

A function makes taskdef.json and appspec.yaml from what the service runs; the action CodeDeployToECS does the rest.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from awacs import codedeploy, ecs
from troposphere import Ref, Template

from generator.components.codedeploy_stage import codedeploy_stage, deployer_by_codedeploy
from generator.components.ecs_tasks import add_task_roles, pass_roles, tag_revision
from generator.components.stage_parameters import Place
from generator.deployers.ecs_codedeploy import deployer
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.stages import Stage, action
from generator.targets import Base, Deployment, Ground, Target

PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html"
IMAGE = "IMAGE"  # the reviser writes <IMAGE> where it goes


def prepare(template: Template, _places: Sequence[Place], _base: Base) -> Deployment:
    """The roles of the tasks, which the pipeline's role passes when a revision is registered."""
    return Deployment(add=partial(add_stage, roles=add_task_roles(template)))


def add_stage(_template: Template, place: Place, ground: Ground, *, roles: Ref) -> Stage:
    """A stage that revises what one service runs, lets CodeDeploy shift its traffic, and verifies what runs then.

    CodeDeploy rolls back by itself. A second deployment by the stage would interfere.
    """
    revision = place.name  # an artifact is called after its stage: 10 characters of it are in the key
    by = codedeploy_stage(place)
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="CodeDeployToECS",
        configuration={
            "ApplicationName": by.application,
            "DeploymentGroupName": by.group,
            # The files are taskdef.json and appspec.yaml by default. imageDetail.json can have no other name.
            "TaskDefinitionTemplateArtifact": revision,
            "AppSpecTemplateArtifact": revision,
            "Image1ArtifactName": revision,
            "Image1ContainerName": IMAGE,
        },
        inputs=[revision],
        run_order=2,
    )
    image = ground.inspection.image_uri
    return Stage(
        name=place.name,
        actions=(by.make(image, revision), deploy, by.verify(image)),
        grants=(*by.grants(), *_grants(roles)),
        only_if=place.only_if,
    )


def _grants(roles: Ref) -> tuple[Grant, ...]:
    """The action's other permissions, as AWS lists them."""
    return (
        Grant(
            sid="SeeConfig",
            actions=(codedeploy.GetDeploymentConfig,),
            resources=(arn("codedeploy", "deploymentconfig:CodeDeployDefault.ECS*"),),
            why="CodeDeploy reads how traffic shifts, which the deployment group decides.",
        ),
        Grant(
            sid="RegisterTask",
            actions=(ecs.RegisterTaskDefinition,),
            why="A revision with the image is registered.",
            everywhere=PAGE,
        ),
        tag_revision(),
        pass_roles(roles),
    )


TARGET = Target(
    name="ecs-codedeploy",
    summary="Image pipeline: a push to ECR is inspected; CodeDeploy shifts ECS staging, and when approved production",
    prepare=prepare,
    where=deployer_by_codedeploy("deployer-ecs-codedeploy", " and reviser"),
    deployer=deployer,
)
