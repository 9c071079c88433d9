"""Amazon ECS by CodePipeline's own action: the service gets a revision of its task definition with the digest.

The service decides how: rolling, or ECS's own blue/green, linear or canary, as its deployment configuration says.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

from __future__ import annotations

from functools import partial

from awacs import ecs, iam
from awacs.aws import Condition, StringEquals
from troposphere import Ref, Select, Split, Template
from troposphere.codepipeline import FailureConditions

from generator.arn import arn
from generator.iam import Grant
from generator.parameters import add_parameter
from generator.stages import Stage, action
from generator.targets import Deployment, Ground, Target

GROUP = "ECS"
SERVICES = ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]
NAME = "[A-Za-z0-9_-]{1,255}"
ROLE = r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+"
PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html"
ROLLOUT_MINUTES = "20"  # CodePipeline would wait an hour; a circuit breaker has given up long before


def prepare(template: Template) -> Deployment:
    """The containers that take the image, and the roles of the tasks: the same in every stage."""
    containers = add_parameter(
        template,
        "Containers",
        group=GROUP,
        label="Containers",
        description="Containers of the tasks that take the image, with commas between.",
        AllowedPattern=rf"^{NAME}(,{NAME}){{0,9}}$",
        ConstraintDescription="Type names of containers, such as app or app,worker.",
    )
    roles = add_parameter(
        template,
        "TaskRoleArns",
        group=GROUP,
        label="Roles of the tasks",
        description="ARNs of the tasks' task and execution roles, with commas between.",
        AllowedPattern=f"^{ROLE}(,{ROLE}){{0,9}}$",
        ConstraintDescription="Type ARNs of roles with commas between.",
    )
    return Deployment(add=partial(add_stage, roles=roles), contracts={"CONTAINERS": containers})


def add_stage(template: Template, name: str, ground: Ground, *, roles: Ref) -> Stage:
    """A stage that deploys to one service, and goes back to the last image that it ran when that fails."""
    service = add_parameter(
        template,
        f"{name}Service",
        group=GROUP,
        label=f"Service of {name.lower()}",
        description="Cluster and service.",
        AllowedPattern=f"^{NAME}/{NAME}$",
        ConstraintDescription="Type cluster/service.",
    )
    deploy = action(
        "Deploy",
        category="Deploy",
        provider="ECS",
        configuration={
            "ClusterName": Select(0, Split("/", service)),
            "ServiceName": Select(1, Split("/", service)),
            "DeploymentTimeout": ROLLOUT_MINUTES,
        },
        inputs=[ground.inspection.artifact],
    )
    return Stage(
        name=name,
        actions=(deploy,),
        grants=_grants(name, roles),
        on_failure=FailureConditions(Result="ROLLBACK"),
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
        Grant(
            sid="TagTask",
            actions=(ecs.TagResource,),
            resources=(arn("ecs", "task-definition/*:*"),),
            condition=Condition(StringEquals({"ecs:CreateAction": "RegisterTaskDefinition"})),
            why="The tags of the revision are copied with it.",
        ),
        Grant(
            sid=f"Update{name}",
            actions=(ecs.DescribeServices, ecs.UpdateService),
            resources=(arn("ecs", f"service/${{{name}Service}}"),),
            why=f"The service of {name.lower()} gets the revision.",
        ),
        Grant(
            sid="PassTaskRoles",
            actions=(iam.PassRole,),
            resources=(Split(",", roles),),
            condition=Condition(StringEquals({"iam:PassedToService": SERVICES})),
            why="A revision names the roles of its tasks.",
        ),
    )


TARGET = Target(
    name="ecs",
    summary="Image pipeline: a push to ECR is inspected, deployed to ECS staging, approved, deployed to ECS production",
    prepare=prepare,
)
