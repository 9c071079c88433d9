"""A few lines of code as a step of the pipeline."""

from __future__ import annotations

import pytest

from generator import functions
from generator.components.function import Function, add_function, answer_pipeline
from tests.ground import Ground


@pytest.fixture
def function(ground: Ground) -> Function:
    """The recorder's code as a function."""
    return add_function(
        ground.template,
        "Recorder",
        description="Test",
        grants=(answer_pipeline(),),
        key=ground.key,
        log_retention_days=ground.environment.log_retention_days,
        variables={"WHAT": "this"},
    )


@pytest.mark.usefixtures("function")
def test_its_code_is_the_file_of_its_name(ground: Ground) -> None:
    """The template holds the code, and Lambda runs the handler in it."""
    properties = ground.properties("Recorder")
    assert functions.source("recorder") == properties["Code"]["ZipFile"]
    assert "index.handler" == properties["Handler"]
    assert {"WHAT": "this"} == properties["Environment"]["Variables"]


@pytest.mark.usefixtures("function")
def test_it_may_write_its_log_and_do_what_was_asked_for(ground: Ground) -> None:
    """Nothing comes on top: an action of a pipeline asks for the answer as well."""
    statements = ground.properties("RecorderRole")["Policies"][0]["PolicyDocument"]["Statement"]
    assert ["AnswerPipeline", "WriteLog"] == [statement["Sid"] for statement in statements]
    assert {"Fn::GetAtt": ["RecorderLogs", "Arn"]} == statements[1]["Resource"]
    assert {"LogGroup": {"Ref": "RecorderLogs"}} == ground.properties("Recorder")["LoggingConfig"]


def test_the_pipeline_may_call_this_function_only(function: Function) -> None:
    """The grant is on the function; to see them all is what AWS asks for besides."""
    call, see = function.call("Test.")
    assert "CallRecorder" == call.sid
    assert ["Recorder", "Arn"] == call.resources[0].to_dict()["Fn::GetAtt"]  # type: ignore[attr-defined]
    assert "SeeFunctions" == see.sid
