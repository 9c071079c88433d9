"""Amazon ECS by CodeDeploy: blue/green, canary or linear, with alarms that stop it and roll it back.

A function makes taskdef.json and appspec.yaml from what the service runs; the action CodeDeployToECS does the rest.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

from __future__ import annotations

import json

from awacs import codedeploy, ecs
from troposphere import Join, Ref, Select, Split, Template

from generator.arn import arn
from generator.components.ecs_tasks import add_task_roles, pass_roles, tag_revision
from generator.components.function import call_function
from generator.components.places import Place, Where
from generator.deployers.ecs_codedeploy import deployer
from generator.iam import Grant
from generator.stages import Stage, action
from generator.targets import Deployment, Ground, Target

PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html"
IMAGE = "IMAGE"  # the reviser writes <IMAGE> where it goes


def add_stage(template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that revises what one service runs and lets CodeDeploy shift its traffic.

    CodeDeploy goes back by itself. A second deployment by the stage would get into its way.
    """
    name, revision = place.name, f"{place.name}Revision"
    application, group, reviser = (Select(number, Split("/", place.where)) for number in range(3))
    roles = add_task_roles(template, place)
    revise = action(
        "Revise",
        category="Invoke",
        provider="Lambda",
        configuration={
            "FunctionName": reviser,
            "UserParameters": json.dumps({"image": ground.inspection.image_uri}),
        },
        outputs=[revision],
    )
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="CodeDeployToECS",
        configuration={
            "ApplicationName": application,
            "DeploymentGroupName": group,
            "TaskDefinitionTemplateArtifact": revision,
            "AppSpecTemplateArtifact": revision,
            "Image1ArtifactName": revision,
            "Image1ContainerName": IMAGE,
        },
        inputs=[revision],
        run_order=2,
    )
    return Stage(
        name=name,
        actions=(revise, deploy),
        grants=_grants(name, roles, application, group, reviser),
        only_if=place.only_if,
        needs=(roles,),
    )


def _grants(name: str, roles: Ref, application: Select, group: Select, reviser: Select) -> tuple[Grant, ...]:
    """What the actions ask for, as AWS lists it."""
    return (
        *call_function(
            f"Revise{name}", Join("", [arn("lambda", "function:"), reviser]), "What the service runs is revised."
        ),
        Grant(
            sid=f"Deploy{name}",
            actions=(codedeploy.CreateDeployment, codedeploy.GetDeployment),
            resources=(Join("", [arn("codedeploy", "deploymentgroup:"), application, "/", group]),),
            why=f"CodeDeploy deploys to the service of {name.lower()}.",
        ),
        Grant(
            sid=f"Register{name}",
            actions=(
                codedeploy.GetApplication,
                codedeploy.GetApplicationRevision,
                codedeploy.RegisterApplicationRevision,
            ),
            resources=(Join("", [arn("codedeploy", "application:"), application]),),
            why="The revision is registered with the application.",
        ),
        Grant(
            sid="SeeConfig",
            actions=(codedeploy.GetDeploymentConfig,),
            resources=(arn("codedeploy", "deploymentconfig:CodeDeployDefault.ECS*"),),
            why="How traffic shifts is the group's choice.",
        ),
        Grant(
            sid="RegisterTask",
            actions=(ecs.RegisterTaskDefinition,),
            why="The revision is made with the image.",
            everywhere=PAGE,
        ),
        tag_revision(),
        pass_roles(name, roles),
    )


TARGET = Target(
    name="ecs-codedeploy",
    summary="Image pipeline: a push to ECR is inspected; CodeDeploy shifts ECS staging, and when approved production",
    prepare=lambda _template, _places, _environment: Deployment(add=add_stage),
    where=Where(
        "Deployer",
        "Deployer",
        "CodeDeploy application, deployment group and reviser",
        "[A-Za-z0-9+=,.@_-]{1,100}/[A-Za-z0-9+=,.@_-]{1,100}/[A-Za-z0-9_-]{1,64}",
        "the output Deployer of its stack of deployer-ecs-codedeploy",
    ),
    deployer=deployer,
)
