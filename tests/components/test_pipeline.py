"""The pipeline's role is the sum of its stages."""

from __future__ import annotations

from awacs import codebuild
from troposphere import Equals

from generator.components.pipeline import add_pipeline
from generator.iam import Grant
from generator.stages import Stage, Variable
from tests.ground import Ground

RUN = Grant(sid="Run", actions=(codebuild.StartBuild,), resources=("arn:p",), why="Test.")
OWN = ["SeeVersioning"]


def _sids(ground: Ground) -> list[str]:
    return [s["Sid"] for s in ground.properties("PipelineRole")["Policies"][0]["PolicyDocument"]["Statement"]]


def test_a_stage_brings_its_permissions(ground: Ground) -> None:
    """What a stage asks for is in the role of the pipeline."""
    add_pipeline(ground.template, ground.store, [Stage(name="Test", actions=(), grants=(RUN,))])
    assert [*OWN, "Run"] == _sids(ground)


def test_a_stage_takes_its_permissions_away(ground: Ground) -> None:
    """Without the stage its permissions are gone."""
    add_pipeline(ground.template, ground.store, [Stage(name="Test", actions=())])
    assert OWN == _sids(ground)


def test_a_stage_that_is_left_out_leaves_its_permissions_out(ground: Ground) -> None:
    """The permission of a stage stands under the condition of the stage, and so does the stage."""
    ground.template.add_condition("Wanted", Equals("a", "b"))
    add_pipeline(ground.template, ground.store, [Stage(name="Test", actions=(), grants=(RUN,), only_if="Wanted")])
    statements = ground.properties("PipelineRole")["Policies"][0]["PolicyDocument"]["Statement"]
    condition, statement, otherwise = statements[-1]["Fn::If"]
    assert ("Wanted", RUN.sid, {"Ref": "AWS::NoValue"}) == (condition, statement["Sid"], otherwise)
    assert "Wanted" == ground.properties("Pipeline")["Stages"][0]["Fn::If"][0]


def test_the_pipeline_moves_artifacts_as_its_builds_do(ground: Ground) -> None:
    """The policy on bucket and key is the one that builds have."""
    add_pipeline(ground.template, ground.store, [])
    assert [{"Ref": "ArtifactPolicy"}] == ground.properties("PipelineRole")["ManagedPolicyArns"]


def test_artifacts_are_encrypted_with_the_key_by_its_arn(ground: Ground) -> None:
    """The artifact store names bucket and key; an alias would not do."""
    add_pipeline(ground.template, ground.store, [], variables=[Variable(name="V", default="none", description="d")])
    pipeline = ground.properties("Pipeline")
    assert {"Ref": "ArtifactBucket"} == pipeline["ArtifactStore"]["Location"]
    assert "KMS" == pipeline["ArtifactStore"]["EncryptionKey"]["Type"]
    assert [{"Name": "V", "DefaultValue": "none", "Description": "d"}] == pipeline["Variables"]


def test_runs_do_not_overtake_each_other(ground: Ground) -> None:
    """A newer run supersedes a waiting one by default; PARALLEL, in which an older one could win, is not on offer."""
    add_pipeline(ground.template, ground.store, [])
    assert ["SUPERSEDED", "QUEUED"] == ground.template.parameters["ExecutionMode"].to_dict()["AllowedValues"]
