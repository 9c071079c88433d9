"""What ways to deploy to ECS have in common."""

from __future__ import annotations

import re

from troposphere import Ref, encode_to_dict

from generator.components.ecs_tasks import add_containers, add_task_roles, pass_roles, tag_revision
from generator.components.places import Place
from generator.template import new_template

ROLE = "arn:aws:iam::111122223333:role/path/orders-task"


def test_a_stage_names_its_containers_and_roles() -> None:
    """Lists with commas, or none; a container with a comma in its name cannot be typed."""
    template, place = new_template("Test"), Place("Staging")
    add_containers(template, place)
    add_task_roles(template, place)
    containers, roles = (
        template.parameters[f"Staging{n}"].to_dict()["AllowedPattern"] for n in ("Containers", "TaskRoleArns")
    )
    assert all(re.fullmatch(containers, value) for value in ("app", "app,worker", "none"))
    assert not any(re.fullmatch(containers, value) for value in ("", "app,", ",app", "a b"))
    assert all(re.fullmatch(roles, value) for value in (ROLE, f"{ROLE},{ROLE}", "none"))
    assert not any(re.fullmatch(roles, value) for value in ("", "orders-task", f"{ROLE},"))


def test_only_the_named_roles_are_passed_and_only_to_ecs() -> None:
    """iam:PassRole is for the roles that were typed."""
    statement = encode_to_dict(pass_roles("Staging", Ref("StagingTaskRoleArns")).statement())
    assert {"Fn::Split": [",", {"Ref": "StagingTaskRoleArns"}]} == statement["Resource"]
    assert {"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}} == (
        statement["Condition"]
    )


def test_tags_are_for_new_revisions_only() -> None:
    """Nothing that exists can be tagged."""
    statement = encode_to_dict(tag_revision().statement())
    assert {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}} == statement["Condition"]
