"""The Lambda target."""

from __future__ import annotations

import json
import re

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict
from tests.conftest import RENDERED

PIPELINE = RENDERED["pipeline-lambda"]
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Deployer-1A2B3C"


def test_each_stage_runs_its_deployer_with_the_digest() -> None:
    """The state machine gets the image by digest; it rolls back by itself, so that the stage does not."""
    stages = {stage["Name"]: stage for stage in PIPELINE["Resources"]["Pipeline"]["Properties"]["Stages"]}
    for name in ("Staging", "Production"):
        deploy, record = stages[name]["Actions"]
        assert {"Ref": f"{name}Deployer"} == deploy["Configuration"]["StateMachineArn"]
        assert "#{Inspect.IMAGE_URI}" == json.loads(deploy["Configuration"]["Input"])["image"]
        assert deploy["RunOrder"] < record["RunOrder"]
        assert "OnFailure" not in stages[name]


def test_the_pipeline_follows_executions_of_this_machine_only() -> None:
    """An execution's ARN has the name of its machine."""
    (statement,) = (
        statement
        for statement in PIPELINE["Resources"]["PipelineRole"]["Properties"]["Policies"][0]["PolicyDocument"][
            "Statement"
        ]
        if statement["Sid"] == "FollowStaging"
    )
    begin, name, end = statement["Resource"]["Fn::Join"][1]
    assert begin["Fn::Sub"].endswith(":execution:")
    assert {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "StagingDeployer"}]}]} == name
    assert ("Deployer-1A2B3C", ":*") == (MACHINE.split(":")[6], end)


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline without staging cannot run its deployer."""
    template = to_dict(catalog.build("pipeline-lambda"))
    assert "Staging" not in json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "StagingDeployer" in json.dumps(template["Resources"]["PipelineRole"])


def test_a_deployer_is_a_state_machine() -> None:
    """Its ARN, or none."""
    pattern = PIPELINE["Parameters"]["StagingDeployer"]["AllowedPattern"]
    assert re.fullmatch(pattern, MACHINE)
    assert re.fullmatch(pattern, "none")
    assert not any(
        re.fullmatch(pattern, value) for value in ("", "Deployer", MACHINE.replace("stateMachine", "function"))
    )
