"""The assembly of an image build."""

from __future__ import annotations

import json
import re
from pathlib import Path

from generator import render
from generator.blueprints.image_build import image_build
from generator.conditions import chosen
from tests.builds import ALWAYS, actions_granted, services_called
from tests.rendered import actions, resources

TEMPLATE = render.to_dict(image_build())
DOCUMENT = (Path(__file__).parent.parent.parent / "docs/image-build.md").read_text(encoding="utf-8")


def test_a_commit_is_built_and_then_published() -> None:
    """Three stages: the commit is fetched, built for each architecture side by side, and gets its tags."""
    stages = TEMPLATE["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert ["Source", "Build", "Publish"] == [stage["Name"] for stage in stages]


def test_names_of_variables_and_artifacts_differ() -> None:
    """CodePipeline refuses a namespace that is also the name of an artifact."""
    found = [action for _, _, action in actions(chosen(TEMPLATE))]
    artifacts = {artifact["Name"] for action in found for artifact in action.get("OutputArtifacts", ())}
    assert set() == artifacts & {action.get("Namespace") for action in found}


def test_no_pipeline_is_started_from_here() -> None:
    """What it pushes starts pipelines, by the events of ECR: no role of the stack may start one."""
    assert "codepipeline:StartPipelineExecution" not in json.dumps(TEMPLATE)


def test_the_document_names_every_endpoint() -> None:
    """A network of one's own has to have what builds call, and what CodeBuild calls for their secrets."""
    needed = services_called(TEMPLATE) | ALWAYS
    needed |= {action.partition(":")[0] for action in actions_granted(TEMPLATE)} & {"secretsmanager", "ssm"}
    (section,) = re.findall(r"\n## Without internet\n(.*?)\n## ", DOCUMENT, re.DOTALL)
    assert set() == {service for service in needed if f"`{service}`" not in section}


def test_the_document_names_every_parameter_that_turns_something_on() -> None:
    """What is off by default is found in the document."""
    optional = [name for name, parameter in TEMPLATE["Parameters"].items() if parameter.get("Default") == ""]
    known = {"KmsKeyArn", "PermissionsBoundaryArn", "VpcId", "SubnetIds", "S3PrefixListId", "EndpointSecurityGroupId"}
    assert [] == [name for name in optional if name not in known and f"`{name}`" not in DOCUMENT]


def test_reports_and_artifacts_lie_in_one_bucket() -> None:
    """One bucket, one key, one retention for all that a build leaves."""
    ((_, bucket),) = resources(TEMPLATE, "AWS::S3::Bucket")
    assert bucket["LifecycleConfiguration"]["Rules"]
    ((_, group),) = resources(TEMPLATE, "AWS::CodeBuild::ReportGroup")
    assert {"Ref": "ArtifactBucket"} == group["ExportConfig"]["S3Destination"]["Bucket"]
