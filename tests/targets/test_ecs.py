"""The ECS target."""

from __future__ import annotations

import json
import re

import pytest
from troposphere import encode_to_dict

from generator import catalog, targets
from generator.cloudformation.conditional_parts import chosen
from generator.components.inspection import CONTRACTS
from generator.components.stage_parameters import Place, add_places
from generator.model.owner import Owner
from generator.model.stages import Stage
from generator.publishing.render import to_dict
from generator.targets.ecs import TARGET
from tests.conftest import RENDERED
from tests.ground import Ground, new_ground
from tests.rendered import actions

ECS = RENDERED["pipeline-ecs"]


def _deployment(ground: Ground) -> tuple[tuple[Place, ...], targets.Deployment]:
    places = add_places(ground.template, TARGET.stages, TARGET.where)
    base = targets.Base(owner=Owner("pipeline", "${Name}"), key=ground.key)
    return places, TARGET.prepare(ground.template, places, base)


def _stage(ground: Ground, name: str = "Staging") -> Stage:
    places, deployment = _deployment(ground)
    (place,) = (place for place in places if place.name == name)
    given = targets.Ground(source=ground.source, inspection=ground.inspection, topic=ground.topic)
    return deployment.add(ground.template, place, given)


def test_the_image_goes_to_staging_then_after_the_approval_to_production() -> None:
    """Each stage deploys to its own service, verifies what that runs, and records its image."""
    stages = ECS["Resources"]["Pipeline"]["Properties"]["Stages"]
    names = ["Source", "Inspect", "Staging", "Validation", "Approval", "Window", "Production"]
    assert names == [s["Name"] for s in stages]
    for stage in (stages[2], stages[6]):
        orders = {action["Name"]: action["RunOrder"] for action in stage["Actions"]}
        assert {"RunTask": 1, "Deploy": 2, "Verify": 3, "Record": 4} == orders
    assert {"StagingRecord", "ProductionRecord"} <= ECS["Outputs"].keys()


def test_the_action_reads_a_file_of_inspect(ground: Ground) -> None:
    """The input is the artifact of Inspect, with a file for each stage."""
    action = encode_to_dict(_stage(ground).actions[1])
    assert [{"Name": "Inspection"}] == action["InputArtifacts"]
    assert {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "StagingService"}]}]} == action["Configuration"][
        "ServiceName"
    ]
    assert "imagedefinitions.staging.json" == action["Configuration"]["FileName"]


def test_what_the_service_runs_is_verified(ground: Ground) -> None:
    """The function gets the image that Inspect has checked, and the service and containers that must run it."""
    verify = encode_to_dict(_stage(ground).actions[2])
    assert {"Ref": "Verifier"} == verify["Configuration"]["FunctionName"]
    facts = json.loads(verify["Configuration"]["UserParameters"]["Fn::Sub"])
    assert {
        "runs": "#{Inspect.IMAGE_URI}",
        "service": "${StagingService}",
        "containers": "${StagingContainers}",
    } == facts


def test_the_verifier_sees_the_services_of_the_stages() -> None:
    """It reads deployments and revisions, of the service of a stage that exists, and of no other one."""
    template = to_dict(catalog.build("pipeline-ecs"))
    for left_out, sids in (
        ((), {"SeeStaging", "SeeProduction"}),
        (("DeployStaging",), {"SeeProduction"}),
    ):
        role = chosen(template, left_out)["Resources"]["RecorderRole"]["Properties"]
        statements = {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}
        assert sids == {sid for sid in statements if sid.startswith("See")}
    service, revision = (each["Fn::Sub"] for each in statements["SeeProduction"]["Resource"])
    assert service.endswith(":service/${ProductionService}")
    assert revision.endswith(":service-revision/${ProductionService}/*")


def test_inspect_writes_a_file_for_each_stage(ground: Ground) -> None:
    """Variables of Inspect, which it takes from every pipeline, have the containers of each stage."""
    contracts = _deployment(ground)[1].contracts
    assert {
        "STAGING_CONTAINERS": "${StagingContainers}",
        "PRODUCTION_CONTAINERS": "${ProductionContainers}",
    } == contracts
    assert contracts.keys() <= set(CONTRACTS)


def test_a_rollout_that_fails_is_rolled_back(ground: Ground) -> None:
    """CodePipeline waits for the longest time that it can; if the action fails, the stage deploys its last image."""
    stage = _stage(ground)
    assert "60" == encode_to_dict(stage.actions[1])["Configuration"]["DeploymentTimeout"]
    assert {"Result": "ROLLBACK"} == encode_to_dict(stage.declaration())["Fn::If"][1]["OnFailure"]


def test_the_roles_of_the_tasks_are_passed_for_all_stages_at_once(ground: Ground) -> None:
    """Both stages have the same grant, because the pipeline has one role."""
    passing = [
        encode_to_dict(grant.statement())
        for name in ("Staging", "Production")
        for grant in _stage(new_ground() if name == "Production" else ground, name).grants
        if grant.sid == "PassTaskRoles"
    ]
    assert {"Fn::Split": [",", {"Ref": "TaskRoleArns"}]} == passing[0]["Resource"]
    assert passing[0] == passing[1]


def test_a_pipeline_whose_tasks_have_no_roles_passes_none() -> None:
    """TaskRoleArns can be none, and then iam:PassRole is not granted."""
    template = chosen(to_dict(catalog.build("pipeline-ecs")), ["HasTaskRoles"])
    assert "iam:PassRole" not in json.dumps(template["Resources"])


def test_a_stage_updates_its_own_service_only(ground: Ground) -> None:
    """The permission to update is for the service of the stage."""
    (grant,) = (grant for grant in _stage(ground, "Production").grants if grant.sid == "UpdateProduction")
    assert encode_to_dict(grant.statement())["Resource"]["Fn::Sub"].endswith(":service/${ProductionService}")


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline without staging cannot update the service of staging."""
    template = to_dict(catalog.build("pipeline-ecs"))
    text = json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "ProductionService" in text
    assert "Staging" not in text
    assert "StagingService" in json.dumps(template["Resources"]["PipelineRole"])


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        ("StagingService", ["", "orders", "apps/", "apps/or,ders"], ["apps/orders", "none"]),
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
    """A deploy action takes its image from the artifact that Inspect made of the digest, and no variable."""
    for _, _, action in actions(ECS):
        if action["ActionTypeId"]["Category"] == "Deploy":
            assert "#{" not in json.dumps(action["Configuration"])
