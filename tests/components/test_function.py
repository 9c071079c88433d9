"""A function as a step of the pipeline."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from troposphere import encode_to_dict

from generator import functions
from generator.components.function import Function, add_function, answer_pipeline
from tests.ground import OWNER, Ground


@pytest.fixture
def function(ground: Ground) -> Function:
    """The recorder's code as a function."""
    return add_function(
        ground.template,
        "Recorder",
        description="Test",
        grants=(answer_pipeline(),),
        owner=OWNER,
        key=ground.key,
        log_retention_days=ground.environment.log_retention_days,
        variables={"WHAT": "this"},
    )


@pytest.mark.usefixtures("function")
def test_its_code_is_the_file_of_its_name(ground: Ground) -> None:
    """The template holds the code, line by line, and Lambda runs the handler in it."""
    properties = ground.properties("Recorder")
    assert {"Fn::Join": ["\n", functions.source("recorder").splitlines()]} == properties["Code"]["ZipFile"]
    assert "index.handler" == properties["Handler"]
    assert {"WHAT": "this"} == properties["Environment"]["Variables"]
    assert encode_to_dict({"KmsKeyArn": ground.key.arn})["KmsKeyArn"] == properties["KmsKeyArn"]


@pytest.mark.usefixtures("function")
def test_its_runtime_is_the_newest(ground: Ground) -> None:
    """Once AWS names a successor, this test fails: cfn-lint knows the life of every runtime."""
    runtime = ground.properties("Recorder")["Runtime"]
    life = json.loads((files("cfnlint") / "data/AdditionalSpecs/LmbdRuntimeLifecycle.json").read_text(encoding="utf-8"))
    assert life[runtime]["successor"] is None


@pytest.mark.usefixtures("function")
def test_it_may_write_its_log_and_has_its_grants(ground: Ground) -> None:
    """Its role has the given grants, and writes to its encrypted log group with the key."""
    statements = ground.statements("RecorderRole")
    assert ["AnswerPipeline", "WriteLog", "UseLogKey"] == list(statements)
    assert {"Fn::GetAtt": ["RecorderLogs", "Arn"]} == statements["WriteLog"]["Resource"]
    assert {"LogGroup": {"Ref": "RecorderLogs"}} == ground.properties("Recorder")["LoggingConfig"]
    assert {"Fn::Sub": "/ecr-pipeline/test/${AWS::StackName}/Recorder"} == (
        ground.properties("RecorderLogs")["LogGroupName"]
    )


def test_the_pipeline_may_call_this_function_only(function: Function) -> None:
    """The grant is on the function; AWS also requires the list of all functions."""
    call, see = function.call("Test.")
    assert "CallRecorder" == call.sid
    assert ["Recorder", "Arn"] == call.resources[0].to_dict()["Fn::GetAtt"]  # type: ignore[attr-defined]
    assert "SeeFunctions" == see.sid
