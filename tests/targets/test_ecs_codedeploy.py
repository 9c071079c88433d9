"""The ECS target by CodeDeploy."""

from __future__ import annotations

import json
import re
from typing import Any

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict
from tests.conftest import RENDERED
from tests.playing import code_of

PIPELINE = RENDERED["pipeline-ecs-codedeploy"]


def _stage(name: str) -> dict[str, dict[str, Any]]:
    (stage,) = (s for s in PIPELINE["Resources"]["Pipeline"]["Properties"]["Stages"] if s["Name"] == name)
    return {action["Name"]: action for action in stage["Actions"]}


def test_an_image_is_revised_then_deployed_then_recorded() -> None:
    """The reviser of the stage writes the files that CodeDeployToECS reads; each stage has its own."""
    for name in ("Staging", "Production"):
        actions = _stage(name)
        assert ["Revise", "Deploy", "Verify", "Record"] == sorted(
            actions, key=lambda action: actions[action]["RunOrder"]
        )
        (revision,) = actions["Revise"]["OutputArtifacts"]
        configuration = actions["Deploy"]["Configuration"]
        assert name == revision["Name"] == configuration["TaskDefinitionTemplateArtifact"]
        assert 10 >= len(name), "the key of an artifact holds 10 characters of its name"
        assert revision["Name"] == configuration["AppSpecTemplateArtifact"]


def test_the_image_is_that_of_the_digest() -> None:
    """The reviser gets the image that Inspect has checked, and writes the placeholder that CodePipeline replaces."""
    actions = _stage("Production")
    assert {"image": "#{Inspect.IMAGE_URI}"} == json.loads(actions["Revise"]["Configuration"]["UserParameters"])
    configuration = actions["Deploy"]["Configuration"]
    assert ("Production", "IMAGE") == (
        configuration["Image1ArtifactName"],
        configuration["Image1ContainerName"],
    )
    assert '["image"] = "<IMAGE>"' in code_of(RENDERED["deployer-ecs-codedeploy"]["Resources"]["Reviser"]["Properties"])


def test_the_running_image_is_verified_before_it_is_recorded() -> None:
    """The reviser reads the service once more, with the image that Inspect has checked."""
    actions = _stage("Production")
    assert {"runs": "#{Inspect.IMAGE_URI}"} == json.loads(actions["Verify"]["Configuration"]["UserParameters"])
    assert actions["Revise"]["Configuration"]["FunctionName"] == actions["Verify"]["Configuration"]["FunctionName"]


def test_one_parameter_names_the_resources_of_the_deployer() -> None:
    """Application, deployment group and reviser come from one output, in that order."""
    output = RENDERED["deployer-ecs-codedeploy"]["Outputs"]["Deployer"]["Value"]
    assert {"Fn::Sub": "${Application}/${Group}/${Reviser}"} == output
    actions = _stage("Staging")
    parts = [
        actions["Deploy"]["Configuration"]["ApplicationName"],
        actions["Deploy"]["Configuration"]["DeploymentGroupName"],
        actions["Revise"]["Configuration"]["FunctionName"],
    ]
    assert [{"Fn::Select": [n, {"Fn::Split": ["/", {"Ref": "StagingDeployer"}]}]} for n in range(3)] == parts
    pattern = PIPELINE["Parameters"]["StagingDeployer"]["AllowedPattern"]
    assert re.fullmatch(pattern, "orders-Application-1A2B/orders-Group-3C4D/orders-Reviser-5E6F")
    assert not any(re.fullmatch(pattern, value) for value in ("", "orders", "orders/group", "a/b/c/d"))


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline without staging can neither call nor deploy anything of staging."""
    template = to_dict(catalog.build("pipeline-ecs-codedeploy"))
    assert "Staging" not in json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "StagingDeployer" in json.dumps(template["Resources"]["PipelineRole"])


def test_the_roles_of_the_tasks_are_passed_if_there_are_any() -> None:
    """One parameter names the roles of all stages; with `none` no role is passed."""
    template = to_dict(catalog.build("pipeline-ecs-codedeploy"))
    assert "iam:PassRole" in json.dumps(template["Resources"]["PipelineRole"])
    assert "iam:PassRole" not in json.dumps(chosen(template, ["HasTaskRoles"])["Resources"])
