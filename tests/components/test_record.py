"""The record of what was released."""

from __future__ import annotations

import json

import pytest
from troposphere import encode_to_dict

from generator.components.inspection import add_inspection
from generator.components.record import add_recorder
from generator.stages import Stage, action
from tests.ground import Ground


@pytest.fixture
def recorded(ground: Ground) -> Stage:
    """A stage with one action, recorded."""
    inspection = add_inspection(ground.template, ground.source, ground.environment, {})
    deploy = action("Deploy", category="Deploy", provider="ECS", configuration={}, run_order=3)
    return add_recorder(ground.template).record(ground.template, Stage(name="Staging", actions=(deploy,)), inspection)


def test_the_record_is_the_last_action_of_its_stage(recorded: Stage) -> None:
    """What is recorded has been deployed."""
    assert [("Deploy", 3), ("Record", 4)] == [
        (a.properties["Name"], a.properties["RunOrder"]) for a in recorded.actions
    ]


def test_the_record_tells_image_digest_tags_and_run(recorded: Stage) -> None:
    """The input of the state machine is JSON of facts that Inspect has checked, and of the run."""
    assert {
        "stage": "staging",
        "image": "#{Inspect.IMAGE_URI}",
        "digest": "#{Inspect.IMAGE_DIGEST}",
        "tags": "#{Inspect.IMAGE_TAGS}",
        "execution": "#{codepipeline.PipelineExecutionId}",
    } == json.loads(recorded.actions[-1].properties["Configuration"]["Input"])


@pytest.mark.usefixtures("recorded")
def test_each_record_is_a_parameter_under_the_path_of_the_stack(ground: Ground) -> None:
    """The state machine writes <path>/<stage>/release, then <path>/<stage>/image, by the SDK integration."""
    recorder = ground.properties("Recorder")
    assert "STANDARD" == recorder["StateMachineType"]
    states = json.loads(recorder["DefinitionString"]["Fn::Sub"])["States"]
    assert ["/ecr-pipeline/${AWS::StackName}/{}/release", "/ecr-pipeline/${AWS::StackName}/{}/image"] == [
        state["Parameters"]["Name.$"].split("'")[1] for state in states.values()
    ]
    assert {"arn:${AWS::Partition}:states:::aws-sdk:ssm:putParameter"} == {s["Resource"] for s in states.values()}
    assert all(state["Parameters"]["Overwrite"] for state in states.values())


@pytest.mark.usefixtures("recorded")
def test_the_role_writes_only_there(ground: Ground) -> None:
    """The recorder may put parameters under the path of the stack and do nothing else."""
    (statement,) = ground.properties("RecorderRole")["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["ssm:PutParameter"] == statement["Action"]
    assert statement["Resource"][0]["Fn::Sub"].endswith(":parameter/ecr-pipeline/${AWS::StackName}/*")


@pytest.mark.usefixtures("recorded")
def test_the_records_name_is_an_output(ground: Ground) -> None:
    """The stack tells where the image of the stage can be read."""
    assert {"Fn::Sub": "/ecr-pipeline/${AWS::StackName}/staging/image"} == encode_to_dict(
        ground.template.outputs["StagingRecord"].Value
    )
