"""The template of a task before a deployment."""

from __future__ import annotations

import json
import re

import pytest

from generator.cloudformation import parameter_files
from tests.conftest import RENDERED
from tests.emulator.people import PARAMS

TASK = RENDERED["task-ecs"]
ROLE = "arn:aws:iam::111122223333:role"


def _statement(role: str, sid: str) -> dict[str, object]:
    document = TASK["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]
    [found] = [each for each in document["Statement"] if each["Sid"] == sid]
    return dict(found)


def test_it_runs_one_family_in_one_cluster() -> None:
    """Step Functions may run nothing else, and stop only tasks of the cluster."""
    run = _statement("RunRole", "RunTask")
    assert ":task-definition/${TaskFamily}:*" in json.dumps(run["Resource"])
    assert ":cluster/${Cluster}" in json.dumps(run["Condition"])
    assert ":task/${Cluster}/*" in json.dumps(_statement("RunRole", "FollowTask")["Resource"])


def test_the_roles_may_be_passed_in_any_case() -> None:
    """Fargate does not pull from ECR without an execution role, so there is always a role."""
    for role in ("RegistrarRole", "RunRole"):
        assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == _statement(role, "PassTaskRoles")["Resource"]


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        ("PipelineName", ["", "Orders", "a_b"], ["orders"]),
        ("TaskFamily", ["", "orders:7", "a/b"], ["orders-migrate"]),
        ("Container", ["", "app,worker"], ["app"]),
        ("Cluster", ["", "apps/orders"], ["apps"]),
        ("TaskRoleArns", ["", "none", "migrate", f"{ROLE}/a,{ROLE}/a"], [f"{ROLE}/a", f"{ROLE}/a,{ROLE}/b"]),
    ],
)
def test_impossible_values_are_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """CloudFormation refuses the value before anything is created, with a message that shows what to type."""
    declared = TASK["Parameters"][parameter]
    assert not [value for value in refused if re.fullmatch(declared["AllowedPattern"], value)]
    assert taken == [value for value in taken if re.fullmatch(declared["AllowedPattern"], value)]
    assert declared["ConstraintDescription"].startswith("Enter ")


def test_the_examples_share_no_family() -> None:
    """The newest revision of a family is copied: staging's must not run in production."""
    values = {
        environment: dict(parameter_files.read(PARAMS / f"task-ecs.{environment}.json").entries)
        for environment in ("dev", "prod")
    }
    assert {"staging": "orders-staging-migrate", "production": "orders-production-migrate"} == {
        each["Stage"]: each["TaskFamily"] for each in values.values()
    }
