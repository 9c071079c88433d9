"""What every way to deploy to Amazon ECS has to say of tasks: their containers, their roles, their revisions."""

from __future__ import annotations

from awacs import ecs, iam
from awacs.aws import Condition, StringEquals
from troposphere import Ref, Split, Template

from generator.arn import arn
from generator.components.places import Place
from generator.iam import Grant

NAME = "[A-Za-z0-9_-]{1,255}"
ROLE = r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=.@/-]+"  # a name could have a comma, a name in a list cannot
ROLES = f"{ROLE}(,{ROLE}){{0,9}}"
SERVICES = ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]


def add_containers(template: Template, place: Place) -> Ref:
    """The containers of the stage that take the image."""
    return place.add_parameter(
        template,
        "Containers",
        label="Containers",
        description="Containers of the tasks that take the image, with commas between.",
        pattern=f"{NAME}(,{NAME}){{0,9}}",
        example="names of containers, such as app or app,worker",
    )


def add_task_roles(template: Template, place: Place) -> Ref:
    """The roles of the stage's tasks."""
    return place.add_parameter(
        template,
        "TaskRoleArns",
        label="Roles of the tasks",
        description="ARNs of the tasks' task and execution roles, with commas between.",
        pattern=ROLES,
        example="ARNs of roles with commas between",
    )


def tag_revision() -> Grant:
    """Give a new revision of a task definition the tags of the old one."""
    return Grant(
        sid="TagTask",
        actions=(ecs.TagResource,),
        resources=(arn("ecs", "task-definition/*:*"),),
        condition=Condition(StringEquals({"ecs:CreateAction": "RegisterTaskDefinition"})),
        why="The tags of the revision are copied with it.",
    )


def pass_roles(stage: str, roles: Ref) -> Grant:
    """Name the roles of its tasks in a revision."""
    return Grant(
        sid=f"Pass{stage}TaskRoles",
        actions=(iam.PassRole,),
        resources=(Split(",", roles),),
        condition=Condition(StringEquals({"iam:PassedToService": SERVICES})),
        why="A revision names the roles of its tasks.",
    )
