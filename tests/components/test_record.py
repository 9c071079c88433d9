"""The record of what was released."""

from __future__ import annotations

import json

import pytest
from troposphere import encode_to_dict

from generator.components.inspection import add_inspection
from generator.components.record import Recorder, add_recorder
from generator.stages import Stage, action
from tests.ground import Ground


@pytest.fixture
def recorder(ground: Ground) -> Recorder:
    """The function that keeps records."""
    return add_recorder(ground.template, ground.source, ground.environment)


@pytest.fixture
def recorded(ground: Ground, recorder: Recorder) -> Stage:
    """A stage with one action, recorded."""
    inspection = add_inspection(ground.template, ground.source, ground.environment, {})
    deploy = action("Deploy", category="Deploy", provider="ECS", configuration={}, run_order=3)
    return recorder.record(ground.template, Stage(name="Staging", actions=(deploy,), only_if="Wanted"), inspection)


def test_the_record_is_the_last_action_of_its_stage(recorded: Stage) -> None:
    """What is recorded has been deployed."""
    actions = [encode_to_dict(step) for step in recorded.actions]
    assert [("Deploy", 3), ("Record", 4)] == [(step["Name"], step["RunOrder"]) for step in actions]


def test_the_record_tells_digest_tags_and_run(recorded: Stage) -> None:
    """The input of the function is JSON of facts that Inspect has checked, and of the run."""
    configuration = encode_to_dict(recorded.actions[-1])["Configuration"]
    assert {"Ref": "Recorder"} == configuration["FunctionName"]
    assert {
        "stage": "staging",
        "digest": "#{Inspect.IMAGE_DIGEST}",
        "tags": "#{Inspect.IMAGE_TAGS}",
        "execution": "#{codepipeline.PipelineExecutionId}",
    } == json.loads(configuration["UserParameters"])


def test_what_a_stage_runs_can_be_read_as_a_variable(recorder: Recorder) -> None:
    """The function is asked with the stage alone, and answers in the namespace that `released` reads."""
    read = encode_to_dict(recorder.read("Production"))
    assert {"stage": "production"} == json.loads(read["Configuration"]["UserParameters"])
    assert recorder.released.startswith(f"#{{{read['Namespace']}.")


@pytest.mark.usefixtures("recorder")
def test_the_role_keeps_its_own_records_and_tags_this_repository(ground: Ground) -> None:
    """The function reads and writes parameters under the path of the stack, and tags images of the repository."""
    statements = {s["Sid"]: s for s in ground.properties("RecorderRole")["Policies"][0]["PolicyDocument"]["Statement"]}
    assert ["ssm:GetParameter", "ssm:PutParameter"] == statements["KeepRecord"]["Action"]
    assert statements["KeepRecord"]["Resource"]["Fn::Sub"].endswith(":parameter/ecr-pipeline/${AWS::StackName}/*")
    assert ["ecr:BatchGetImage", "ecr:PutImage"] == statements["TagImage"]["Action"]
    assert statements["TagImage"]["Resource"]["Fn::Sub"].endswith(":repository/${RepositoryName}")
    assert {"KeepRecord", "TagImage", "AnswerPipeline", "WriteLog"} == statements.keys()


@pytest.mark.usefixtures("recorder")
def test_the_function_logs_into_the_group_of_the_stack(ground: Ground) -> None:
    """Its log is encrypted and expires, as the logs of builds do."""
    assert {"LogGroup": {"Ref": "RecorderLogs"}} == ground.properties("Recorder")["LoggingConfig"]
    assert {"Ref": "LogRetentionDays"} == ground.properties("RecorderLogs")["RetentionInDays"]


def test_the_records_name_is_an_output_for_as_long_as_the_stage_is_there(ground: Ground, recorded: Stage) -> None:
    """The stack tells where the image of the stage can be read."""
    output = ground.template.outputs[f"{recorded.name}Record"]
    assert {"Fn::Sub": "/ecr-pipeline/${AWS::StackName}/staging/image"} == encode_to_dict(output.Value)
    assert "Wanted" == encode_to_dict(output)["Condition"]
