"""The target for instances."""

from __future__ import annotations

import json
import re
from typing import Any

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict
from tests.conftest import RENDERED

PIPELINE = RENDERED["pipeline-ec2"]


def _stage(name: str) -> dict[str, dict[str, Any]]:
    (stage,) = (s for s in PIPELINE["Resources"]["Pipeline"]["Properties"]["Stages"] if s["Name"] == name)
    return {action["Name"]: action for action in stage["Actions"]}


def test_a_revision_is_written_then_deployed_then_verified_then_recorded() -> None:
    """CodeDeploy deploys the artifact that the function has written, and the function compares its place."""
    for name in ("Staging", "Production"):
        actions = _stage(name)
        assert ["Revise", "Deploy", "Verify", "Record"] == sorted(
            actions, key=lambda action: actions[action]["RunOrder"]
        )
        artifacts = [
            actions["Revise"]["OutputArtifacts"],
            actions["Deploy"]["InputArtifacts"],
            actions["Verify"]["InputArtifacts"],
        ]
        assert [[{"Name": name.lower()}]] * 3 == artifacts


def test_the_artifact_is_where_the_policy_of_the_instances_allows_reading() -> None:
    """CodePipeline stores an artifact under its name, of which 10 characters count."""
    statements = RENDERED["deployer-ec2"]["Resources"]["InstancePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (read,) = (each for each in statements if each["Sid"] == "FetchArtifacts")
    assert read["Resource"]["Fn::Sub"][0].endswith(":::${Bucket}/${PipelineName}/${Stage}/*")
    stages = RENDERED["deployer-ec2"]["Parameters"]["Stage"]["AllowedValues"]
    assert stages == [_stage(name)["Revise"]["OutputArtifacts"][0]["Name"] for name in ("Staging", "Production")]
    assert all(len(stage) <= 10 for stage in stages)


def test_the_image_is_that_of_the_digest() -> None:
    """The function gets the image that Inspect has checked."""
    for name, fact in (("Revise", "image"), ("Verify", "runs")):
        assert {fact: "#{Inspect.IMAGE_URI}"} == json.loads(
            _stage("Production")[name]["Configuration"]["UserParameters"]
        )


def test_the_record_names_the_deployment() -> None:
    """The variable is that of the stage's own verification."""
    for name in ("Staging", "Production"):
        actions = _stage(name)
        facts = json.loads(actions["Record"]["Configuration"]["UserParameters"])
        assert f"#{{{actions['Verify']['Namespace']}.DEPLOYMENT_ID}}" == facts["deployment"]


def test_one_parameter_names_the_resources_of_the_deployer() -> None:
    """Application, deployment group, function and configuration come from one output, in that order."""
    output = RENDERED["deployer-ec2"]["Outputs"]["Deployer"]["Value"]["Fn::Sub"][0]
    assert "${Application}/${Group}/${Bundler}/${Config}" == output
    pattern = PIPELINE["Parameters"]["StagingDeployer"]["AllowedPattern"]
    assert re.fullmatch(pattern, "o-Application-1A2B/o-Group-3C4D/o-Bundler-5E6F/CodeDeployDefault.OneAtATime")
    assert not any(re.fullmatch(pattern, value) for value in ("", "orders", "a/b/c", "a/b/c/d/e"))


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline without staging can neither call nor deploy anything of staging."""
    template = to_dict(catalog.build("pipeline-ec2"))
    assert "Staging" not in json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "StagingDeployer" in json.dumps(template["Resources"]["PipelineRole"])
