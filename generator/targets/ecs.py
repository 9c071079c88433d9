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

from generator.components.ecs_tasks import NAME, add_containers, add_task_roles, pass_roles, tag_revision
from generator.components.places import Place, Where
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.stages import Stage, action
from generator.targets import Deployment, Ground, Target

PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html"


LONGEST_MINUTES = 60  # the most that the action waits; a rollout that fails ends earlier, by the service's own alarms


def prepare(template: Template, places: Sequence[Place]) -> Deployment:
    """The containers that get the image, for each stage: Inspect writes them down with the digest."""
    containers = [add_containers(template, place) for place in places]
    return Deployment(
        add=partial(add_stage, roles=add_task_roles(template)),
        contracts={
            f"{place.name.upper()}_CONTAINERS": f"${{{each.data['Ref']}}}"
            for place, each in zip(places, containers, strict=True)
        },
    )


def add_stage(_template: Template, place: Place, ground: Ground, *, roles: Ref) -> Stage:
    """A stage that deploys to one service, and goes back to the last image that it ran when that fails."""
    name = place.name
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="ECS",
        configuration={
            "ClusterName": Select(0, Split("/", place.where)),
            "ServiceName": Select(1, Split("/", place.where)),
            "FileName": f"imagedefinitions.{name.lower()}.json",
            "DeploymentTimeout": str(LONGEST_MINUTES),
        },
        inputs=[ground.inspection.artifact],
    )
    return Stage(
        name=name,
        actions=(deploy,),
        grants=_grants(name, roles),
        on_failure=FailureConditions(Result="ROLLBACK"),
        only_if=place.only_if,
        needs=(Ref(f"{name}Containers"),),
    )


def _grants(name: str, roles: Ref) -> tuple[Grant, ...]:
    """What the action asks for, as AWS lists it."""
    return (
        Grant(
            sid="ReviseTask",
            actions=(ecs.DescribeTaskDefinition, ecs.RegisterTaskDefinition),
            why="The action copies the revision that runs, with the new image.",
            everywhere=PAGE,
        ),
        tag_revision(),
        Grant(
            sid=f"Update{name}",
            actions=(ecs.DescribeServices, ecs.UpdateService),
            resources=(arn("ecs", f"service/${{{name}Service}}"),),
            why=f"The service of {name.lower()} gets the revision.",
        ),
        pass_roles(roles),
    )


TARGET = Target(
    name="ecs",
    summary="Image pipeline: a push to ECR is inspected, deployed to ECS staging, approved, deployed to ECS production",
    prepare=prepare,
    where=Where("Service", "Service", "Cluster and service", f"{NAME}/{NAME}", "cluster/service, such as apps/orders"),
)
