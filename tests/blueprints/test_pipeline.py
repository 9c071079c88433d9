"""The assembly of a pipeline."""

from __future__ import annotations

from typing import Any

from troposphere import Template

from generator.blueprints.pipeline import pipeline
from generator.cloudformation.conditional_parts import chosen
from generator.components.stage_parameters import Place, Where
from generator.model.stages import Stage, action
from generator.publishing import render
from generator.targets import Deployment, Ground, Target


def _deploy(_template: Template, place: Place, _ground: Ground) -> Stage:
    deploy = action("Deploy", category="Test", provider="CodeBuild", configuration={})
    return Stage(name=place.name, actions=(deploy,), only_if=place.only_if)


TARGET = Target(
    name="test",
    summary="Test",
    prepare=lambda _template, _places, _base: Deployment(add=_deploy, contracts={"SINGLE_IMAGE_FOR": "Lambda"}),
    where=Where("Service", "Service", "Service", "[a-z]+", "a service"),
)
RENDERED = render.to_dict(pipeline(TARGET))
RESOURCES = RENDERED["Resources"]


def _stages(*left_out: str) -> list[tuple[str, list[str]]]:
    stages = chosen(RENDERED, left_out)["Resources"]["Pipeline"]["Properties"]["Stages"]
    return [(stage["Name"], [step["Name"] for step in stage["Actions"]]) for stage in stages]


def _action(stage: str, name: str) -> dict[str, Any]:
    stages = chosen(RENDERED)["Resources"]["Pipeline"]["Properties"]["Stages"]
    (found,) = (step for each in stages if each["Name"] == stage for step in each["Actions"] if step["Name"] == name)
    return dict(found)


def test_a_target_deploys_before_and_after_the_approval() -> None:
    """Staging comes before the approval, production after it, and each ends with its record."""
    assert [
        ("Source", ["Image"]),
        ("Inspect", ["Inspect"]),
        ("Staging", ["Deploy", "Record"]),
        ("Validation", ["Validate", "Test"]),
        ("Approval", ["Compare", "Approve"]),
        ("Window", ["Look"]),
        ("Production", ["Deploy", "Record"]),
    ] == _stages()


def test_an_account_has_the_stages_that_it_chooses() -> None:
    """Without staging there is no validation, without production no approval; the other stages stay."""

    def names(*left_out: str) -> list[str]:
        return [name for name, _ in _stages("Validate", "HasWindow", *left_out)]

    assert ["Source", "Inspect", "Approval", "Production"] == names("DeployStaging")
    assert ["Source", "Inspect", "Staging"] == names("DeployProduction")


def test_records_are_outputs_of_the_stages_that_exist() -> None:
    """The outputs of a stage depend on its condition."""
    outputs = chosen(RENDERED, ["DeployProduction"])["Outputs"]
    assert "StagingRecord" in outputs
    assert "ProductionRecord" not in outputs


def test_a_pipeline_imports_what_pipelines_share() -> None:
    """It has no key, bucket, build, network or queue of its own, only functions, topic and rules."""
    assert {
        "AWS::CloudWatch::Alarm",
        "AWS::CodePipeline::Pipeline",
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
    } == {resource["Type"] for resource in RESOURCES.values()}
    exports = {
        "ecr-pipeline:platform:${Platform}:v1:ArtifactBucket",
        "ecr-pipeline:platform:${Platform}:v1:DeadLetterQueueArn",
        "ecr-pipeline:platform:${Platform}:v1:InspectProject",
        "ecr-pipeline:platform:${Platform}:v1:KeyArn",
        "ecr-pipeline:platform:${Platform}:v1:PipelinePolicyArn",
    }
    assert exports == set(_imports(RESOURCES))
    assert not [output for output in RENDERED["Outputs"].values() if "Export" in output]


def _imports(value: Any) -> list[str]:
    if isinstance(value, dict) and "Fn::ImportValue" in value:
        return [value["Fn::ImportValue"]["Fn::Sub"]]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for item in items for name in _imports(item)]


def test_a_pipeline_reaches_its_own_artifacts_only() -> None:
    """It moves artifacts below its name in the bucket; the platform's policy has the permissions of all pipelines."""
    role = RESOURCES["PipelineRole"]["Properties"]
    (move,) = (
        statement
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "MoveArtifacts"
    )
    assert "arn:${AWS::Partition}:s3:::${Bucket}/${Name}/*" == move["Resource"]["Fn::Sub"][0]
    policy = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:PipelinePolicyArn"}}
    assert [policy] == role["ManagedPolicyArns"]


def test_the_name_is_the_pipelines_own() -> None:
    """One required parameter names the pipeline and the log of its function."""
    assert {"Ref": "Name"} == RESOURCES["Pipeline"]["Properties"]["Name"]
    assert {"Fn::Sub": "/ecr-pipeline/pipeline/${Name}/Recorder"} == (
        RESOURCES["RecorderLogs"]["Properties"]["LogGroupName"]
    )
    assert "Default" not in RENDERED["Parameters"]["Name"]


def test_inspect_gets_limits_and_contracts() -> None:
    """The action passes the repository, the variables of the target, and the limits of the pipeline."""
    text, limits = _action("Inspect", "Inspect")["Configuration"]["EnvironmentVariables"]["Fn::Sub"]
    assert '{"name":"REPOSITORY_NAME","value":"${RepositoryName}"},{"name":"SINGLE_IMAGE_FOR","value":"Lambda"}' in text
    assert {"OwnMaxCriticalFindings", "OwnMaxHighFindings", "OwnUnscannedImage"} == limits.keys()


def test_lost_pushes_go_to_the_queue_of_the_platform() -> None:
    """The rule sends them to the imported queue, and the alarm is the pipeline's own."""
    (target,) = RESOURCES["Trigger"]["Properties"]["Targets"]
    queue = {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:DeadLetterQueueArn"}}
    assert queue == target["DeadLetterConfig"]["Arn"]
    assert "LostPushAlarm" in RESOURCES


def test_the_target_is_a_tag_of_the_pipeline() -> None:
    """A list of pipelines shows how each of them deploys."""
    assert [{"Key": "ecr-pipeline:target", "Value": "test"}] == RESOURCES["Pipeline"]["Properties"]["Tags"]


def test_rules_refuse_what_cannot_work() -> None:
    """Two stages in one place, and a validation or window of a stage that does not exist."""
    assert {"StagesDiffer", "ValidationFollowsItsStage", "WindowIsUsed"} == RENDERED["Rules"].keys()
