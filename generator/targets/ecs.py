"""Amazon ECS by CodePipeline's own action: the service gets a revision of its task definition with the digest.

The service decides how: rolling, or ECS's own blue/green, linear or canary, as its deployment configuration says.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from awacs import ecs
from troposphere import Ref, Select, Split, Sub, Template
from troposphere.codepipeline import FailureConditions

from generator.components.deployment_task import add_task_choice, run_task, task_action
from generator.components.ecs_tasks import NAME, add_containers, add_task_roles, pass_roles, tag_revision
from generator.components.function import Function, function_of
from generator.components.stage_parameters import Place, Where
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.stages import Stage, action
from generator.targets import Base, Deployment, Ground, Target

PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html"


VERIFIER = "Verifier"  # its code is functions/verifier.py
LONGEST_MINUTES = 60  # the most that the action waits; a rollout that fails ends earlier, by the service's own alarms


def prepare(template: Template, places: Sequence[Place], _base: Base) -> Deployment:
    """The containers that get the image, for each stage: Inspect writes them down with the digest.

    One function verifies what the services of all stages run.
    """
    containers = {place.name: add_containers(template, place) for place in places}
    add_task_choice(template)
    return Deployment(
        add=partial(add_stage, roles=add_task_roles(template), verifier=function_of(VERIFIER)),
        contracts={f"{name.upper()}_CONTAINERS": f"${{{each.data['Ref']}}}" for name, each in containers.items()},
        functions={VERIFIER: "Verifies what an ECS service runs after a deployment"},
        grants=tuple(_see(place.name, place.only_if) for place in places),
    )


def add_stage(_template: Template, place: Place, ground: Ground, *, roles: Ref, verifier: Function) -> Stage:
    """A stage that deploys to one service, and goes back to the last image that it ran if the service does not run it.

    The action waits for a steady service. That may be one whose old tasks ECS has put back, so that a second action
    reads how the deployment ended.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    name = place.name
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="ECS",
        configuration={
            "ClusterName": Select(0, Split("/", place.where)),
            "ServiceName": Select(1, Split("/", place.where)),
            "FileName": f"imagedefinitions.{name.lower()}.json",
            # Values of a configuration are texts, also those that are numbers.
            "DeploymentTimeout": str(LONGEST_MINUTES),
        },
        inputs=[ground.inspection.artifact],
        run_order=2,
    )
    facts = {
        "runs": ground.inspection.image_uri,
        "service": f"${{{name}Service}}",
        "containers": f"${{{name}Containers}}",
    }
    verify = action(
        "Verify",
        category="Invoke",
        provider="Lambda",
        configuration={"FunctionName": verifier.name, "UserParameters": Sub(json.dumps(facts))},
        run_order=3,
    )
    return Stage(
        name=name,
        actions=(task_action(place, ground.inspection.image_uri), deploy, verify),
        grants=(
            run_task(),
            *_grants(name, roles),
            *verifier.call("The function reads how the deployment ended."),
        ),
        # The stage rolls back to a run that succeeded in it since the last change of the pipeline, never to a rollback.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
        on_failure=FailureConditions(Result="ROLLBACK"),
        only_if=place.only_if,
        needs=(Ref(f"{name}Containers"),),
    )


def _see(name: str, only_if: str) -> Grant:
    """What it takes to read the deployments of one service. Both resources are asked for a revision.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment-permissions.html
    """
    return Grant(
        sid=f"See{name}",
        actions=(ecs.DescribeServiceRevisions, ecs.ListServiceDeployments),
        resources=(
            arn("ecs", f"service/${{{name}Service}}"),
            arn("ecs", f"service-revision/${{{name}Service}}/*"),
        ),
        why=f"The function reads how deployments to {name.lower()} ended, and which images they have.",
        only_if=only_if,
    )


def _grants(name: str, roles: Ref) -> tuple[Grant, ...]:
    """What the action asks for, as AWS lists it."""
    return (
        Grant(
            sid="ReviseTask",
            # The action copies the revision that the service runs, and ignores newer ones of the family.
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
