"""Amazon ECS: a function updates the services of a stage together, follows the rollouts and puts all of them back.

Each service decides how: rolling, or ECS's own blue/green, linear or canary, as its deployment configuration says.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from __future__ import annotations

from collections.abc import Sequence

from awacs import ecs
from troposphere import Ref, Template
from troposphere.codepipeline import FailureConditions

from generator.components.deployment_task import add_task_choice, run_task, task_action
from generator.components.ecs_tasks import NAME, add_containers, add_task_roles, pass_roles, revise_tasks, tag_revision
from generator.components.stage_parameters import Place, Where
from generator.model.arn import each_arn
from generator.model.grants import Grant
from generator.model.stages import Stage
from generator.targets import Base, Deployment, Ground, Target

DEPLOYER = "deployer"  # the file in generator/functions
SERVICE = f"{NAME}/{NAME}"


def prepare(template: Template, places: Sequence[Place], _base: Base) -> Deployment:
    """The recorder deploys to the services of all stages."""
    for place in places:
        add_containers(template, place)
    add_task_choice(template)
    roles = add_task_roles(template)
    return Deployment(
        add=add_stage,
        code=(DEPLOYER,),
        grants=(
            revise_tasks(),
            tag_revision(),
            pass_roles(roles, "ecs-tasks.amazonaws.com"),
            *(_deploy(place) for place in places),
        ),
    )


def add_stage(_template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that deploys to its services, all or none, and rolls back to the last image that it ran if one fails."""
    name = place.name
    facts = {
        "stage": name.lower(),
        "services": f"${{{name}Service}}",
        "containers": f"${{{name}Containers}}",
        "image": ground.inspection.image_uri,
    }
    deploy = ground.recorder.act("Deploy", "deploy", facts, run_order=2, refers=True)
    return Stage(
        name=name,
        actions=(task_action(place, ground.inspection.image_uri), deploy),
        grants=(run_task(), *ground.recorder.run()),
        # The function puts the services back if one of them fails. The rollback is for what the function does not see,
        # such as a record that cannot be written. The stage rolls back to a run that succeeded in it since the last
        # change of the pipeline, never to a rollback.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
        on_failure=FailureConditions(Result="ROLLBACK"),
        only_if=place.only_if,
        needs=(Ref(f"{name}Containers"),),
    )


def _deploy(place: Place) -> Grant:
    """Update the services of a stage, and read how their deployments end.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    return Grant(
        sid=f"Deploy{place.name}",
        actions=(ecs.DescribeServices, ecs.ListServiceDeployments, ecs.UpdateService),
        resources=(each_arn("ecs", "service/", Ref(f"{place.name}Service")),),
        why=f"The function deploys to the services of {place.name.lower()} and follows their deployments.",
        only_if=place.only_if,
    )


TARGET = Target(
    name="ecs",
    summary="Image pipeline: a push to ECR is inspected, deployed to ECS staging, approved, deployed to ECS production",
    prepare=prepare,
    where=Where(
        "Service",
        "Services",
        "Up to three ECS services",
        f"{SERVICE}(,{SERVICE}){{0,2}}",
        "cluster/service, such as apps/web,apps/worker",
        longest=300,
        each_once=True,
    ),
)
