"""Parameters and permissions for tasks that every way to deploy to Amazon ECS needs: containers, roles, revisions."""

from __future__ import annotations

from awacs import ecs, iam
from awacs.aws import Condition, StringEquals
from troposphere import Equals, Not, Ref, Split, Template

from generator.components.stage_parameters import Place
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import EACH_ONCE, add_condition, add_parameter

NAME = r"[\w-]{1,255}"
ROLE = r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=.@/-]+"  # a name could have a comma, a name in a list cannot
ROLES = f"{ROLE}(,{ROLE}){{0,9}}"
ROLES_OF_TASKS, NONE, HAS_ROLES = "TaskRoleArns", "none", "HasTaskRoles"
# AWS lists what deploying to ECS takes, for its own actions.
PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html"
SERVICES = ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]


def add_containers(template: Template, place: Place) -> Ref:
    """The containers that get the image.

    The list is short, because variables of Inspect have at most 1,000 characters.
    """
    return place.add_parameter(
        template,
        "Containers",
        label="Containers",
        description="Containers of the tasks that get the image, separated by commas.",
        pattern=f"{NAME}(,{NAME}){{0,9}}",
        example="names of containers, such as app or app,worker",
        longest=200,
        each_once=True,
    )


def add_task_roles(template: Template, *, group: str = "Tasks", of: str = "every service deployed to") -> Ref:
    """The roles of tasks. The default is for a pipeline, whose role passes the task roles of all stages."""
    roles = add_parameter(
        template,
        ROLES_OF_TASKS,
        group=group,
        label="Task roles",
        description=f"ARNs of the task and execution roles of {of}, separated by commas.",
        AllowedPattern=f"^{EACH_ONCE}({NONE}|{ROLES})$",
        ConstraintDescription=f"Enter ARNs of roles separated by commas, or {NONE} if the tasks have no roles.",
    )
    add_condition(template, HAS_ROLES, Not(Equals(roles, NONE)))
    return roles


def add_fargate_roles(template: Template, *, group: str) -> Ref:
    """The roles of a task that runs on Fargate. There is at least one: Fargate pulls from ECR with an execution role.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    return add_parameter(
        template,
        ROLES_OF_TASKS,
        group=group,
        label="Task roles",
        description="ARNs of the task's execution role, with which Fargate pulls from ECR, and of its task role if it "
        "has one, separated by commas.",
        AllowedPattern=f"^{EACH_ONCE}{ROLES}$",
        ConstraintDescription="Enter ARNs of roles separated by commas.",
    )


def revise_tasks() -> Grant:
    """Register a copy of a task definition. IAM has no name for a revision before it is registered."""
    return Grant(
        sid="ReviseTask",
        # The running revision of a service is copied; newer revisions of the family are ignored.
        actions=(ecs.DescribeTaskDefinition, ecs.RegisterTaskDefinition),
        why="The revision that runs is copied, with the new image.",
        everywhere=PAGE,
    )


def tag_revision() -> Grant:
    """Give a new revision of a task definition the tags of the old one."""
    return Grant(
        sid="TagTask",
        # ECS asks for this as well when a request that creates something has tags. ecs:CreateAction admits only those.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
        actions=(ecs.TagResource,),
        resources=(arn("ecs", "task-definition/*:*"),),
        condition=Condition(StringEquals({"ecs:CreateAction": "RegisterTaskDefinition"})),
        why="The new revision gets the tags of the copied one.",
    )


def pass_roles(roles: Ref, *services: str, only_if: str = HAS_ROLES) -> Grant:
    """Pass the roles of the tasks with a revision. `services` are those that the caller passes them to.

    `only_if` is "" where the tasks always have a role.
    """
    return Grant(
        sid="PassTaskRoles",
        actions=(iam.PassRole,),
        resources=(Split(",", roles),),
        condition=Condition(StringEquals({"iam:PassedToService": list(services) or SERVICES})),
        why="A revision names the roles of its tasks.",
        only_if=only_if,
    )
