"""The pipeline's role is the sum of its stages."""

from __future__ import annotations

from awacs import codebuild

from generator.components.pipeline import add_pipeline
from generator.iam import Grant
from generator.stages import Stage, Variable
from tests.ground import Ground

RUN = Grant(sid="Run", actions=(codebuild.StartBuild,), resources=("arn:p",), why="Test.")
OWN = ["FindArtifacts", "MoveArtifacts", "UseKey", "SeeVersioning"]


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
