"""Amazon ECS by CodeDeploy: blue/green, canary or linear, with alarms that stop it and roll it back.

A function makes taskdef.json and appspec.yaml from what the service runs; the action CodeDeployToECS does the rest.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from awacs import codedeploy, ecs
from troposphere import Join, Ref, Select, Split, Template

from generator.components.ecs_tasks import add_task_roles, pass_roles, tag_revision
from generator.components.function import call_function
from generator.components.stage_parameters import Place, Where
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

    CodeDeploy goes back by itself. A second deployment by the stage would get into its way.
    """
    name = revision = place.name  # an artifact is called after its stage: 10 characters of it are in the key
    application, group, reviser = (Select(number, Split("/", place.where)) for number in range(3))
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
            # The files are taskdef.json and appspec.yaml by default. imageDetail.json can have no other name.
            "TaskDefinitionTemplateArtifact": revision,
            "AppSpecTemplateArtifact": revision,
            "Image1ArtifactName": revision,
            "Image1ContainerName": IMAGE,
        },
        inputs=[revision],
        run_order=2,
    )
    verify = action(
        "Verify",
        category="Invoke",
        provider="Lambda",
        configuration={
            "FunctionName": reviser,
            "UserParameters": json.dumps({"runs": ground.inspection.image_uri}),
        },
        run_order=3,
    )
    return Stage(
        name=name,
        actions=(revise, deploy, verify),
        grants=_grants(name, roles, application, group, reviser),
        only_if=place.only_if,
    )


def _grants(name: str, roles: Ref, application: Select, group: Select, reviser: Select) -> tuple[Grant, ...]:
    """What the actions ask for, as AWS lists it."""
    return (
        *call_function(
            f"Revise{name}",
            Join("", [arn("lambda", "function:"), reviser]),
            "The pipeline calls the function that revises what the service runs.",
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
    where=Where(
        "Deployer",
        "Deployer",
        "CodeDeploy application, deployment group and reviser",
        "[A-Za-z0-9+=,.@_-]{1,100}/[A-Za-z0-9+=,.@_-]{1,100}/[A-Za-z0-9_-]{1,64}",
        "the output Deployer of its deployer-ecs-codedeploy stack",
    ),
    deployer=deployer,
)
