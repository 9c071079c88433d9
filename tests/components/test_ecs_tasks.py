"""Common parts of the ways to deploy to ECS."""

from __future__ import annotations

import re

from troposphere import encode_to_dict

from generator.components.ecs_tasks import add_containers, add_task_roles, pass_roles, tag_revision
from generator.components.stage_parameters import Place
from generator.model.template import new_template
from generator.publishing import render

ROLE = "arn:aws:iam::111122223333:role/path/orders-task"


def test_a_stage_names_its_containers() -> None:
    """A list with commas, or none. It is short, as it is a variable of Inspect's action."""
    template = new_template("Test")
    add_containers(template, Place("Staging"))
    parameter = template.parameters["StagingContainers"].to_dict()
    assert all(re.fullmatch(parameter["AllowedPattern"], value) for value in ("app", "app,worker", "none"))
    assert not any(re.fullmatch(parameter["AllowedPattern"], value) for value in ("", "app,", ",app", "a b", '"'))
    assert 200 == parameter["MaxLength"]


def test_a_pipeline_names_the_roles_of_all_its_tasks() -> None:
    """A list of ARNs with commas, or `none` for tasks without roles; nothing is not an answer."""
    template = new_template("Test")
    add_task_roles(template)
    parameter = template.parameters["TaskRoleArns"].to_dict()
    assert "Default" not in parameter
    assert all(re.fullmatch(parameter["AllowedPattern"], value) for value in (ROLE, f"{ROLE},{ROLE}2", "none"))
    refused = ("", "orders-task", f"{ROLE},", f"{ROLE},none", ROLE.replace("role", "user"), "arn:aws:iam::*:role/*")
    assert [] == [value for value in refused if re.fullmatch(parameter["AllowedPattern"], value)]


def test_only_the_named_roles_are_passed_and_only_to_ecs() -> None:
    """iam:PassRole is for the roles of the parameter, and is not granted if there are none."""
    template = new_template("Test")
    grant = pass_roles(add_task_roles(template))
    statement = encode_to_dict(grant.statement())
    assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == statement["Resource"]
    assert {"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}} == (
        statement["Condition"]
    )
    condition = render.to_dict(template)["Conditions"][grant.only_if]
    assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "TaskRoleArns"}, "none"]}]} == condition


def test_tags_are_for_new_revisions_only() -> None:
    """A revision that exists cannot be tagged."""
    statement = encode_to_dict(tag_revision().statement())
    assert {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}} == statement["Condition"]
    revisions = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/*:*"
    assert ("ecs:TagResource", {"Fn::Sub": revisions}) == (statement["Action"], statement["Resource"])
