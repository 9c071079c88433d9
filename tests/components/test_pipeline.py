"""The pipeline's role is the sum of its stages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from awacs import codebuild, s3
from troposphere import Equals, If, ImportValue, Ref, encode_to_dict

from generator.components.artifacts import ArtifactStore
from generator.components.encryption import Key
from generator.components.pipeline import Pipeline, add_execution_mode, add_pipeline, add_pipeline_name
from generator.model.grants import Grant
from generator.model.stages import Stage, Variable
from generator.model.template import new_template
from tests.ground import Ground

RUN = Grant(sid="Run", actions=(codebuild.StartBuild,), resources=("arn:p",), why="Test.")
OWN = Grant(sid="Own", actions=(s3.GetObject,), resources=("arn:b",), why="Test.")


def _add(ground: Ground, *stages: Stage, **options: Any) -> Pipeline:
    return add_pipeline(
        ground.template,
        options.pop("store", ground.store),
        stages,
        grants=(OWN,),
        shared=(Ref("Shared"),),
        mode="QUEUED",
        **options,
    )


def test_a_stage_adds_its_permissions(ground: Ground) -> None:
    """The grants of a stage are in the role of the pipeline, after the pipeline's own."""
    _add(ground, Stage(name="Test", actions=(), grants=(RUN,)))
    assert ["Own", "Run"] == list(ground.statements("PipelineRole"))


def test_a_stage_takes_its_permissions_away(ground: Ground) -> None:
    """Without the stage its permissions do not exist."""
    _add(ground, Stage(name="Test", actions=()))
    assert ["Own"] == list(ground.statements("PipelineRole"))


def test_a_stage_that_is_left_out_leaves_its_permissions_out(ground: Ground) -> None:
    """The permission of a stage depends on the condition of the stage, and so does the stage."""
    ground.template.add_condition("Wanted", Equals("a", "b"))
    _add(ground, Stage(name="Test", actions=(), grants=(RUN,), only_if="Wanted"))
    statements = ground.properties("PipelineRole")["Policies"][0]["PolicyDocument"]["Statement"]
    condition, statement, otherwise = statements[-1]["Fn::If"]
    assert ("Wanted", RUN.sid, {"Ref": "AWS::NoValue"}) == (condition, statement["Sid"], otherwise)
    assert "Wanted" == ground.properties("Pipeline")["Stages"][0]["Fn::If"][0]


def test_a_policy_of_another_stack_can_be_shared(ground: Ground) -> None:
    """The role has the shared policies, of this stack or imported."""
    add_pipeline(ground.template, ground.store, (), grants=(OWN,), shared=(ImportValue("policy"),), mode="QUEUED")
    assert [{"Fn::ImportValue": "policy"}] == ground.properties("PipelineRole")["ManagedPolicyArns"]


def test_codepipeline_assumes_the_role(ground: Ground) -> None:
    """The pipeline of type V2, which variables and overrides require, has the role of its stages."""
    _add(ground)
    trust = ground.properties("PipelineRole")["AssumeRolePolicyDocument"]["Statement"][0]
    assert {"Service": "codepipeline.amazonaws.com"} == trust["Principal"]
    assert ("V2", {"Fn::GetAtt": ["PipelineRole", "Arn"]}) == (
        ground.properties("Pipeline")["PipelineType"],
        ground.properties("Pipeline")["RoleArn"],
    )


def test_artifacts_are_encrypted_with_the_key_by_its_arn(ground: Ground) -> None:
    """The artifact store has the bucket and the key of the handle; an alias would not be enough."""
    _add(ground)
    store = ground.properties("Pipeline")["ArtifactStore"]
    assert ("S3", {"Ref": "ArtifactBucket"}) == (store["Type"], store["Location"])
    assert {"Type": "KMS", "Id": {"Fn::GetAtt": ["Key", "Arn"]}} == store["EncryptionKey"]


def test_the_first_run_finds_the_policy_of_the_bucket(ground: Ground) -> None:
    """A run starts as soon as the pipeline exists: it waits for the policy of a bucket of this stack."""
    _add(ground)
    assert "ArtifactBucketPolicy" == ground.template.resources["Pipeline"].to_dict()["DependsOn"]


def test_a_pipeline_on_an_imported_bucket_waits_for_nothing(ground: Ground) -> None:
    """The bucket of another stack is complete."""
    _add(ground, store=ArtifactStore(ImportValue("bucket"), Key(ImportValue("key"))))
    assert "DependsOn" not in ground.template.resources["Pipeline"].to_dict()
    assert {"Fn::ImportValue": "bucket"} == ground.properties("Pipeline")["ArtifactStore"]["Location"]


def test_name_variables_and_tags_are_optional(ground: Ground) -> None:
    """Without a name CloudFormation chooses one, and nothing empty is declared."""
    _add(ground)
    assert not {"Name", "Tags", "Triggers"} & ground.properties("Pipeline").keys()


def test_name_variables_and_tags_are_declared(ground: Ground) -> None:
    """A variable has its default and its description; a tag shows the target."""
    variable = Variable(name="V", default="none", description="d")
    _add(ground, name=Ref("Name"), variables=[variable], tags={"target": "ecs"})
    pipeline = ground.properties("Pipeline")
    assert {"Ref": "Name"} == pipeline["Name"]
    assert [{"Name": "V", "DefaultValue": "none", "Description": "d"}] == pipeline["Variables"]
    assert [{"Key": "target", "Value": "ecs"}] == pipeline["Tags"]


def test_the_pipeline_and_its_role_are_outputs(ground: Ground) -> None:
    """Name, ARN and role can be looked up, by people and by policies of others."""
    running = _add(ground)
    outputs = {name: encode_to_dict(output.Value) for name, output in ground.template.outputs.items()}
    assert {"Ref": "Pipeline"} == outputs["PipelineName"]
    arn = "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}"
    assert {"Fn::Sub": arn} == outputs["PipelineArn"] == encode_to_dict(running.arn)
    assert {"Fn::GetAtt": ["PipelineRole", "Arn"]} == outputs["PipelineRoleArn"]


def test_runs_do_not_overtake_each_other() -> None:
    """PARALLEL, in which an older image could be the last one to be deployed, cannot be chosen."""
    template = new_template("Test")
    add_execution_mode(template)
    mode = template.parameters["ExecutionMode"].to_dict()
    assert ("SUPERSEDED", ["SUPERSEDED", "QUEUED"]) == (mode["Default"], mode["AllowedValues"])


def test_a_template_chooses_the_default_mode() -> None:
    """Every commit is built: an image build queues its runs."""
    template = new_template("Test")
    add_execution_mode(template, "QUEUED")
    assert "QUEUED" == template.parameters["ExecutionMode"].to_dict()["Default"]


@pytest.mark.parametrize(("default", "expected"), [("", None), ("app", "app")])
def test_a_pipeline_is_named_by_a_parameter(default: str, expected: str | None) -> None:
    """The name is required unless it has a default, and has at most 20 characters: keys of artifacts hold no more."""
    template = new_template("Test")
    add_pipeline_name(template, default)
    parameter = template.parameters["Name"].to_dict()
    assert (expected, 20) == (parameter.get("Default"), parameter["MaxLength"])
    refused = ("", "Orders", "orders/", "*", "a--b", "-a", "2a")
    assert [] == [value for value in refused if re.fullmatch(parameter["AllowedPattern"], value)]
    assert re.fullmatch(parameter["AllowedPattern"], "orders-2")


def test_a_stage_under_a_condition_is_an_item_of_the_list() -> None:
    """CloudFormation leaves the stage out of the list if the condition does not hold."""
    declared = Stage(name="Test", actions=(), only_if="Wanted").declaration()
    assert isinstance(declared, If)
    assert ["Wanted", {"Name": "Test", "Actions": []}, {"Ref": "AWS::NoValue"}] == encode_to_dict(declared)["Fn::If"]
