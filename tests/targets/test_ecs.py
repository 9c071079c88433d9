"""The ECS target."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from troposphere import Template, encode_to_dict

from generator import targets
from generator.blueprints.pipeline import pipeline
from generator.components.inspection import add_inspection
from generator.render import to_dict
from generator.stages import Stage
from generator.targets.ecs import TARGET
from tests.conftest import RENDERED
from tests.ground import Ground
from tests.rendered import actions

ECS = RENDERED["pipeline-ecs"]


def _stage(ground: Ground, name: str = "Staging") -> Stage:
    deployment = TARGET.prepare(ground.template)
    inspection = add_inspection(ground.template, ground.source, ground.environment, deployment.contracts)
    stands_on = targets.Ground(
        source=ground.source, inspection=inspection, environment=ground.environment, topic=ground.topic
    )
    return deployment.add(ground.template, name, stands_on)


def test_the_image_goes_to_staging_then_after_the_approval_to_production() -> None:
    """Each stage deploys to its own service, and what was deployed is recorded for each."""
    stages = ECS["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert ["Source", "Inspect", "Staging", "Approval", "Production"] == [stage["Name"] for stage in stages]
    for stage in (stages[2], stages[4]):
        assert ["Deploy", "Record"] == [action["Name"] for action in stage["Actions"]]
    assert {"StagingRecord", "ProductionRecord"} <= ECS["Outputs"].keys()


def test_the_action_reads_what_inspect_wrote(ground: Ground) -> None:
    """The input of the action is the artifact of Inspect, with imagedefinitions.json for the containers given."""
    (deploy,) = _stage(ground).actions
    action = encode_to_dict(deploy)
    assert [{"Name": "Inspection"}] == action["InputArtifacts"]
    assert {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "StagingService"}]}]} == action["Configuration"][
        "ServiceName"
    ]
    variables: list[dict[str, Any]] = ground.properties("InspectProject")["Environment"]["EnvironmentVariables"]
    assert {"Name": "CONTAINERS", "Value": {"Ref": "Containers"}} in variables


def test_a_rollout_is_given_up_within_minutes_and_rolled_back(ground: Ground) -> None:
    """CodePipeline waits 20 minutes instead of its hour, then the stage goes back to its last image."""
    stage = _stage(ground)
    assert "20" == stage.actions[0].properties["Configuration"]["DeploymentTimeout"]
    assert {"Result": "ROLLBACK"} == encode_to_dict(stage.declaration())["OnFailure"]


def test_only_the_roles_of_the_parameter_are_passed_and_only_to_ecs(ground: Ground) -> None:
    """iam:PassRole is for the roles that were named, to ECS and its tasks."""
    (grant,) = (grant for grant in _stage(ground).grants if grant.sid == "PassTaskRoles")
    statement = encode_to_dict(grant.statement())
    assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == statement["Resource"]
    assert {"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}} == (
        statement["Condition"]
    )


def test_a_stage_updates_its_own_service_only(ground: Ground) -> None:
    """The permission to update is for the service of the stage."""
    (grant,) = (grant for grant in _stage(ground, "Production").grants if grant.sid == "UpdateProduction")
    assert encode_to_dict(grant.statement())["Resource"][0]["Fn::Sub"].endswith(":service/${ProductionService}")


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline of this target with one stage cannot update the service of the other."""
    one: Template = pipeline(replace(TARGET, before_approval=()))
    text = json.dumps(to_dict(one)["Resources"]["PipelineRole"])
    assert "ProductionService" in text
    assert "StagingService" not in text


def test_nothing_but_the_digest_is_deployed() -> None:
    """A deploy action takes its image from the artifact that Inspect made of the digest, and no variable."""
    for _, _, action in actions(ECS):
        if action["ActionTypeId"]["Category"] == "Deploy":
            assert "#{" not in json.dumps(action["Configuration"])
