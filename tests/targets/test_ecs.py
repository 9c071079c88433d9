"""The ECS target."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from troposphere import encode_to_dict

from generator import catalog, targets
from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope
from generator.components.record import add_recorder
from generator.components.stage_parameters import Place, add_places
from generator.model.owner import Owner
from generator.model.stages import Stage
from generator.publishing.render import to_dict
from generator.targets.ecs import TARGET
from tests.conftest import RENDERED
from tests.ground import Ground
from tests.rendered import actions

ECS = RENDERED["pipeline-ecs"]


def _deployment(ground: Ground) -> tuple[tuple[Place, ...], targets.Deployment]:
    places = add_places(ground.template, TARGET.stages, TARGET.where)
    base = targets.Base(owner=Owner("pipeline", "${Name}"), key=ground.key)
    return places, TARGET.prepare(ground.template, places, base)


def _stage(ground: Ground, name: str = "Staging") -> Stage:
    places, deployment = _deployment(ground)
    (place,) = (place for place in places if place.name == name)
    recorder = add_recorder(ground.template, ground.source, Owner("pipeline", "${Name}"), ground.key)
    given = targets.Ground(source=ground.source, inspection=ground.inspection, topic=ground.topic, recorder=recorder)
    return deployment.add(ground.template, place, given)


def test_the_image_goes_to_staging_then_after_the_approval_to_production() -> None:
    """Each stage deploys to its own services, verifies their images, and records its image."""
    stages = ECS["Resources"]["Pipeline"]["Properties"]["Stages"]
    names = ["Source", "Inspect", "Staging", "Validation", "Approval", "Window", "Production"]
    assert names == [s["Name"] for s in stages]
    for stage in (stages[2], stages[6]):
        orders = {action["Name"]: action["RunOrder"] for action in stage["Actions"]}
        assert {"RunTask": 1, "Deploy": 2, "Record": 3} == orders
    assert {"StagingRecord", "ProductionRecord"} <= ECS["Outputs"].keys()


def test_the_function_gets_the_services_and_the_image_of_inspect(ground: Ground) -> None:
    """The lists are as they were typed; the image is a variable of Inspect, which has its digest."""
    deploy = encode_to_dict(_stage(ground).actions[1])
    assert ("Invoke", "Lambda") == (deploy["ActionTypeId"]["Category"], deploy["ActionTypeId"]["Provider"])
    assert {"Ref": "Recorder"} == deploy["Configuration"]["FunctionName"]
    assert {
        "do": "deploy",
        "stage": "staging",
        "services": "${StagingService}",
        "containers": "${StagingContainers}",
        "image": "#{Inspect.IMAGE_URI}",
    } == json.loads(deploy["Configuration"]["UserParameters"]["Fn::Sub"])


def _statements(*left_out: str) -> dict[str, dict[str, Any]]:
    role = chosen(to_dict(catalog.build("pipeline-ecs")), left_out)["Resources"]["RecorderRole"]["Properties"]
    return {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize(
    ("services", "names"),
    [
        ("apps/web", {"apps/web"}),
        ("apps/web,apps/worker", {"apps/web", "apps/worker"}),
        ("apps/web,apps/worker,batch/cron", {"apps/web", "apps/worker", "batch/cron"}),
    ],
)
def test_the_function_deploys_to_the_listed_services_only(services: str, names: set[str]) -> None:
    """One, two or three services of a stage, and no other one."""
    values = {"StagingService": services, "AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "1"}
    resolved = resolve(_statements()["DeployStaging"]["Resource"], Scope(values=values))
    assert {f"arn:aws:ecs:eu-west-1:1:service/{name}" for name in names} == set(resolved)


def test_without_a_stage_the_permissions_are_gone() -> None:
    """A pipeline without staging cannot update the services of staging."""
    deploys = {"DeployStaging", "DeployProduction"}
    assert deploys == {sid for sid in _statements() if sid.startswith("Deploy")}
    assert {"DeployProduction"} == {sid for sid in _statements("DeployStaging") if sid.startswith("Deploy")}


def test_the_pipeline_itself_deploys_nothing() -> None:
    """Its role calls the function, and has no permission of ECS."""
    text = json.dumps(ECS["Resources"]["PipelineRole"])
    assert '"ecs:' not in text
    assert "iam:PassRole" not in text


def test_a_rollout_that_fails_is_rolled_back(ground: Ground) -> None:
    """The stage deploys its last image once more, in case that the function could not put all services back."""
    assert {"Result": "ROLLBACK"} == encode_to_dict(_stage(ground).declaration())["Fn::If"][1]["OnFailure"]


def test_the_roles_of_the_tasks_are_passed_to_tasks_only() -> None:
    """The roles are named by parameter, for the services of both stages."""
    passing = _statements()["PassTaskRoles"]
    assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == passing["Resource"]
    assert {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}} == passing["Condition"]


def test_a_pipeline_whose_tasks_have_no_roles_passes_none() -> None:
    """TaskRoleArns can be none, and then iam:PassRole is not granted."""
    template = chosen(to_dict(catalog.build("pipeline-ecs")), ["HasTaskRoles"])
    assert "iam:PassRole" not in json.dumps(template["Resources"])


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        (
            "StagingService",
            ["", "orders", "apps/", "a/b,", "a/b,c", "a/b,none", "a/b,a/b", "a/b,c/d,a/b", "a/b,c/d,e/f,g/h"],
            ["apps/orders", "none", "a/b,a/c", "a/b,a/c,d/b"],
        ),
        ("StagingContainers", ["", "app,", "a b"], ["app", "app,worker", "none"]),
        ("TaskRoleArns", ["", "orders-task"], ["arn:aws:iam::111122223333:role/x", "none"]),
    ],
)
def test_half_of_a_stage_is_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """CloudFormation refuses the value before anything is created, with a message that shows what to type."""
    declared = ECS["Parameters"][parameter]
    assert not [value for value in refused if re.fullmatch(declared["AllowedPattern"], value)]
    assert taken == [value for value in taken if re.fullmatch(declared["AllowedPattern"], value)]
    assert declared["ConstraintDescription"].startswith("Enter ")


def test_nothing_but_the_digest_is_deployed() -> None:
    """The variable of a deployment is the image that Inspect has checked, and no other one."""
    for _, _, action in actions(ECS):
        if action["Name"] == "Deploy":
            assert ["Inspect.IMAGE_URI"] == re.findall(r"#\{([^}]+)\}", json.dumps(action["Configuration"]))
