"""Amazon ECS by CodePipeline's own action: the service gets a revision of its task definition with the digest.

The service decides how: rolling, or ECS's own blue/green, linear or canary, as its deployment configuration says.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from awacs import ecs
from troposphere import Ref, Select, Split, Template
from troposphere.codepipeline import FailureConditions

from generator.arn import arn
from generator.components.build import BuildEnvironment
from generator.components.ecs_tasks import NAME, add_containers, add_task_roles, pass_roles, tag_revision
from generator.components.places import Place, Where
from generator.iam import Grant
from generator.parameters import add_number
from generator.stages import Stage, action
from generator.targets import Deployment, Ground, Target

PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html"


def prepare(template: Template, places: Sequence[Place], _environment: BuildEnvironment) -> Deployment:
    """The containers that take the image, for each stage: Inspect writes them down with the digest."""
    minutes = add_number(
        template,
        "RolloutMinutes",
        group="Stages",
        label="Wait for a rollout (minutes)",
        description="A service that is not stable by then is rolled back.",
        default=20,
        least=1,
        most=60,
    )
    return Deployment(
        add=partial(add_stage, minutes=minutes),
        contracts={f"{place.name.upper()}_CONTAINERS": add_containers(template, place) for place in places},
    )


def add_stage(template: Template, place: Place, ground: Ground, *, minutes: Ref) -> Stage:
    """A stage that deploys to one service, and goes back to the last image that it ran when that fails."""
    name = place.name
    roles = add_task_roles(template, place)
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="ECS",
        configuration={
            "ClusterName": Select(0, Split("/", place.where)),
            "ServiceName": Select(1, Split("/", place.where)),
            "FileName": f"imagedefinitions.{name.lower()}.json",
            "DeploymentTimeout": minutes,
        },
        inputs=[ground.inspection.artifact],
    )
    return Stage(
        name=name,
        actions=(deploy,),
        grants=_grants(name, roles),
        on_failure=FailureConditions(Result="ROLLBACK"),
        only_if=place.only_if,
        needs=(Ref(f"{name}Containers"), roles),
    )


def _grants(name: str, roles: Ref) -> tuple[Grant, ...]:
    """What the action asks for, as AWS lists it."""
    return (
        Grant(
            sid="ReviseTask",
            actions=(ecs.DescribeTaskDefinition, ecs.RegisterTaskDefinition),
            why="The revision that runs is copied, with the new image.",
            everywhere=PAGE,
        ),
        tag_revision(),
        Grant(
            sid=f"Update{name}",
            actions=(ecs.DescribeServices, ecs.UpdateService),
            resources=(arn("ecs", f"service/${{{name}Service}}"),),
            why=f"The service of {name.lower()} gets the revision.",
        ),
        pass_roles(name, roles),
    )


TARGET = Target(
    name="ecs",
    summary="Image pipeline: a push to ECR is inspected, deployed to ECS staging, approved, deployed to ECS production",
    prepare=prepare,
    where=Where("Service", "Service", "Cluster and service", f"{NAME}/{NAME}", "cluster/service, such as apps/orders"),
)
