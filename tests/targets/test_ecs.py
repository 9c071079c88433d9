"""The ECS target."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from troposphere import encode_to_dict

from generator import catalog, targets
from generator.components.inspection import add_inspection
from generator.components.places import add_places
from generator.conditions import chosen
from generator.render import to_dict
from generator.stages import Stage
from generator.targets.ecs import TARGET
from tests.conftest import RENDERED
from tests.ground import Ground
from tests.rendered import actions

ECS = RENDERED["pipeline-ecs"]


def _stage(ground: Ground, name: str = "Staging") -> Stage:
    places = add_places(ground.template, TARGET.stages, TARGET.where)
    deployment = TARGET.prepare(ground.template, places, ground.environment)
    inspection = add_inspection(ground.template, ground.source, ground.environment, deployment.contracts)
    stands_on = targets.Ground(
        source=ground.source, inspection=inspection, environment=ground.environment, topic=ground.topic
    )
    (place,) = (place for place in places if place.name == name)
    return deployment.add(ground.template, place, stands_on)


def test_the_image_goes_to_staging_then_after_the_approval_to_production() -> None:
    """Each stage deploys to its own service, and what was deployed is recorded for each."""
    stages = ECS["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert ["Source", "Inspect", "Staging", "Validation", "Approval", "Production"] == [s["Name"] for s in stages]
    for stage in (stages[2], stages[5]):
        assert ["Deploy", "Record"] == [action["Name"] for action in stage["Actions"]]
    assert {"StagingRecord", "ProductionRecord"} <= ECS["Outputs"].keys()


def test_the_action_reads_what_inspect_wrote(ground: Ground) -> None:
    """The input is the artifact of Inspect; the file of the stage names the containers of the stage."""
    (deploy,) = _stage(ground).actions
    action = encode_to_dict(deploy)
    assert [{"Name": "Inspection"}] == action["InputArtifacts"]
    assert {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "StagingService"}]}]} == action["Configuration"][
        "ServiceName"
    ]
    variables: list[dict[str, Any]] = ground.properties("InspectProject")["Environment"]["EnvironmentVariables"]
    assert "imagedefinitions.staging.json" == action["Configuration"]["FileName"]
    for name in ("Staging", "Production"):
        assert {"Name": f"{name.upper()}_CONTAINERS", "Value": {"Ref": f"{name}Containers"}} in variables


def test_a_rollout_is_given_up_within_minutes_and_rolled_back(ground: Ground) -> None:
    """CodePipeline waits as long as it is told, within its hour; then the stage goes back to its last image."""
    stage = _stage(ground)
    assert {"Ref": "RolloutMinutes"} == encode_to_dict(stage.actions[0])["Configuration"]["DeploymentTimeout"]
    minutes = ground.template.parameters["RolloutMinutes"].to_dict()
    assert (20, 60) == (minutes["Default"], minutes["MaxValue"])
    assert {"Result": "ROLLBACK"} == encode_to_dict(stage.declaration())["Fn::If"][1]["OnFailure"]


def test_only_the_roles_of_the_parameter_are_passed_and_only_to_ecs(ground: Ground) -> None:
    """iam:PassRole is for the roles that were named, to ECS and its tasks."""
    (grant,) = (grant for grant in _stage(ground).grants if grant.sid == "PassStagingTaskRoles")
    statement = encode_to_dict(grant.statement())
    assert {"Fn::Split": [",", {"Ref": "StagingTaskRoleArns"}]} == statement["Resource"]
    assert {"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}} == (
        statement["Condition"]
    )


def test_a_stage_updates_its_own_service_only(ground: Ground) -> None:
    """The permission to update is for the service of the stage."""
    (grant,) = (grant for grant in _stage(ground, "Production").grants if grant.sid == "UpdateProduction")
    assert encode_to_dict(grant.statement())["Resource"]["Fn::Sub"].endswith(":service/${ProductionService}")


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline that was told to leave staging out cannot update the service of staging, nor pass its roles."""
    template = to_dict(catalog.build("pipeline-ecs"))
    text = json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "ProductionService" in text
    assert "Staging" not in text
    assert "StagingTaskRoleArns" in json.dumps(template["Resources"]["PipelineRole"])


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        ("StagingService", ["", "orders", "apps/", "apps/or,ders"], ["apps/orders", "none"]),
        ("StagingContainers", ["", "app,", "a b"], ["app", "app,worker", "none"]),
        ("StagingTaskRoleArns", ["", "orders-task"], ["arn:aws:iam::111122223333:role/x", "none"]),
    ],
)
def test_half_of_a_stage_is_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """What CloudFormation refuses before anything is made, with a message that says what to type."""
    declared = ECS["Parameters"][parameter]
    assert not [value for value in refused if re.fullmatch(declared["AllowedPattern"], value)]
    assert taken == [value for value in taken if re.fullmatch(declared["AllowedPattern"], value)]
    assert declared["ConstraintDescription"].startswith("Type ")


def test_nothing_but_the_digest_is_deployed() -> None:
    """A deploy action takes its image from the artifact that Inspect made of the digest, and no variable."""
    for _, _, action in actions(ECS):
        if action["ActionTypeId"]["Category"] == "Deploy":
            assert "#{" not in json.dumps(action["Configuration"])
