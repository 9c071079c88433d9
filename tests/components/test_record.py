"""The record of released images."""

from __future__ import annotations

import json

import pytest
from troposphere import encode_to_dict

from generator.components.record import Recorder, add_recorder
from generator.model.owner import Owner
from generator.model.stages import Stage, action
from tests.ground import Ground


@pytest.fixture
def recorder(ground: Ground) -> Recorder:
    """The function that keeps records."""
    return add_recorder(ground.template, ground.source, Owner("pipeline", "${Name}"), ground.key)


@pytest.fixture
def recorded(ground: Ground, recorder: Recorder) -> Stage:
    """A stage with one action, recorded."""
    deploy = action("Deploy", category="Deploy", provider="ECS", configuration={}, run_order=3)
    stage = Stage(name="Staging", actions=(deploy,), only_if="Wanted")
    return recorder.record(ground.template, stage, ground.inspection)


def test_the_record_is_the_last_action_of_its_stage(recorded: Stage) -> None:
    """An image is recorded after it was deployed."""
    actions = [encode_to_dict(step) for step in recorded.actions]
    assert [("Deploy", 3), ("Record", 4)] == [(step["Name"], step["RunOrder"]) for step in actions]


def test_the_record_has_digest_tags_and_run(recorded: Stage) -> None:
    """The input of the function is JSON of facts that Inspect has checked, and of the run."""
    record = encode_to_dict(recorded.actions[-1])
    assert ("Invoke", "Lambda") == (record["ActionTypeId"]["Category"], record["ActionTypeId"]["Provider"])
    configuration = record["Configuration"]
    assert {"Ref": "Recorder"} == configuration["FunctionName"]
    assert {
        "do": "record",
        "stage": "staging",
        "digest": "#{Inspect.IMAGE_DIGEST}",
        "tags": "#{Inspect.IMAGE_TAGS}",
        "execution": "#{codepipeline.PipelineExecutionId}",
    } == json.loads(configuration["UserParameters"])


def test_a_stage_without_actions_is_only_recorded(ground: Ground, recorder: Recorder) -> None:
    """Its record is the first action."""
    stage = recorder.record(ground.template, Stage(name="Release", actions=()), ground.inspection)
    assert [1] == [encode_to_dict(step)["RunOrder"] for step in stage.actions]


def test_the_image_of_a_stage_can_be_read_as_a_variable(recorder: Recorder) -> None:
    """The function is called with the stage, and answers in the namespace that `released` reads."""
    read = encode_to_dict(recorder.read("Production"))
    assert ("Compare", "Invoke", "Lambda") == (
        read["Name"],
        read["ActionTypeId"]["Category"],
        read["ActionTypeId"]["Provider"],
    )
    assert {"do": "read", "stage": "production"} == json.loads(read["Configuration"]["UserParameters"])
    assert f"#{{{read['Namespace']}.RELEASE}}" == recorder.released


@pytest.mark.usefixtures("recorder")
def test_the_role_keeps_its_own_records_and_tags_this_repository(ground: Ground) -> None:
    """The function reads and writes parameters under the path of the pipeline, and tags images of the repository."""
    statements = ground.statements("RecorderRole")
    assert ["ssm:GetParameter", "ssm:PutParameter"] == statements["KeepRecord"]["Action"]
    records = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/ecr-pipeline/${Name}/*"
    assert {"Fn::Sub": records} == statements["KeepRecord"]["Resource"]
    assert ["ecr:BatchGetImage", "ecr:PutImage"] == statements["TagImage"]["Action"]
    assert statements["TagImage"]["Resource"]["Fn::Sub"].endswith(":repository/${RepositoryName}")
    assert {"KeepRecord", "TagImage", "AnswerPipeline", "WriteLog", "UseLogKey"} == statements.keys()


@pytest.mark.usefixtures("recorder")
def test_the_function_writes_where_its_role_may(ground: Ground) -> None:
    """The path and the repository that the function is given are those of its role."""
    variables = ground.properties("Recorder")["Environment"]["Variables"]
    assert {"Fn::Sub": "/ecr-pipeline/${Name}"} == variables["RECORDS"]
    assert variables["REPOSITORY_URI"]["Fn::Sub"].endswith("/${RepositoryName}")


@pytest.mark.usefixtures("recorder")
def test_the_log_of_records_is_kept_for_a_year(ground: Ground) -> None:
    """It shows who recorded which image, under the name of the pipeline."""
    assert 365 == ground.properties("RecorderLogs")["RetentionInDays"]
    assert {"Fn::Sub": "/ecr-pipeline/pipeline/${Name}/Recorder"} == ground.properties("RecorderLogs")["LogGroupName"]


def test_the_pipeline_may_call_the_function(recorder: Recorder, recorded: Stage) -> None:
    """The stage requires the permission to call it."""
    assert ["CallRecorder", "SeeFunctions"] == [grant.sid for grant in recorded.grants]
    assert recorder.run() == recorded.grants


def test_the_name_of_the_record_is_an_output_of_a_stage_that_exists(ground: Ground, recorded: Stage) -> None:
    """The stack shows where the image of the stage can be read."""
    output = ground.template.outputs[f"{recorded.name}Record"]
    assert {"Fn::Sub": "/ecr-pipeline/${Name}/staging/image"} == encode_to_dict(output.Value)
    assert "Wanted" == encode_to_dict(output)["Condition"]
