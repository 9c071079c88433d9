"""The EKS target."""

from __future__ import annotations

import json
import re
from typing import Any

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict
from tests.conftest import RENDERED

PIPELINE = RENDERED["pipeline-eks"]


def _stage(name: str) -> dict[str, Any]:
    (stage,) = (s for s in PIPELINE["Resources"]["Pipeline"]["Properties"]["Stages"] if s["Name"] == name)
    return dict(stage)


def test_each_stage_runs_its_deployer_with_the_digest() -> None:
    """The project of the stage gets the image by digest, then it is recorded; the stage is rolled back if it fails."""
    for name in ("Staging", "Production"):
        deploy, record = _stage(name)["Actions"]
        assert {"Ref": f"{name}Deployer"} == deploy["Configuration"]["ProjectName"]
        assert [{"name": "IMAGE_URI", "value": "#{Inspect.IMAGE_URI}"}] == json.loads(
            deploy["Configuration"]["EnvironmentVariables"]
        )
        assert deploy["RunOrder"] < record["RunOrder"]
        assert {"Result": "ROLLBACK"} == _stage(name)["OnFailure"]


def test_the_build_has_one_input() -> None:
    """CodeBuild requires an input; the deployer may read the artifacts of this pipeline, and has no output."""
    (deploy, _) = _stage("Production")["Actions"]
    assert [{"Name": "Inspection"}] == deploy["InputArtifacts"]
    assert "OutputArtifacts" not in deploy
    fetched = json.dumps(RENDERED["deployer-eks"]["Resources"]["DeployRole"])
    assert "arn:${AWS::Partition}:s3:::${Bucket}/${PipelineName}/*" in fetched


def test_the_pipeline_runs_these_projects_only() -> None:
    """Start and follow, each for the project of the parameter."""
    document = PIPELINE["Resources"]["PipelineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    (statement,) = (statement for statement in document["Statement"] if statement["Sid"] == "DeployStaging")
    assert ["codebuild:BatchGetBuilds", "codebuild:StartBuild"] == statement["Action"]
    assert statement["Resource"]["Fn::Sub"].endswith(":project/${StagingDeployer}")


def test_without_the_stage_its_permissions_are_gone() -> None:
    """A pipeline without staging cannot run its deployer."""
    template = to_dict(catalog.build("pipeline-eks"))
    assert "Staging" not in json.dumps(chosen(template, ["DeployStaging"])["Resources"]["PipelineRole"])
    assert "StagingDeployer" in json.dumps(template["Resources"]["PipelineRole"])


def test_a_deployer_is_the_project_of_a_deployer_stack() -> None:
    """Its name ends in -Deploy: the name of the stack alone, or an ARN, is refused."""
    pattern = PIPELINE["Parameters"]["StagingDeployer"]["AllowedPattern"]
    project = RENDERED["deployer-eks"]["Resources"]["DeployProject"]["Properties"]["Name"]["Fn::Sub"]
    assert all(re.fullmatch(pattern, project.replace("${AWS::StackName}", stack)) for stack in ("a", "b" * 128))
    assert re.fullmatch(pattern, "none")
    assert not any(
        re.fullmatch(pattern, value)
        for value in (
            "",
            "orders-staging",
            "-Deploy",
            "arn:aws:codebuild:eu-west-1:1:project/orders-Deploy",
            "a,b-Deploy",
        )
    )
