"""The assembly of image builds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from generator.blueprints.image_build import TEMPLATES
from generator.cloudformation.conditional_parts import chosen
from generator.model.parameters import INTERFACE
from generator.publishing import render
from tests.builds import ALWAYS, services_called
from tests.rendered import Rendered, actions, resources

RENDERED: dict[str, Rendered] = {name: render.to_dict(build()) for name, build in TEMPLATES.items()}
DOCUMENT = (Path(__file__).parent.parent.parent / "docs/image-build.md").read_text(encoding="utf-8")
EACH = pytest.mark.parametrize("name", RENDERED)


def _actions(name: str) -> list[dict[str, Any]]:
    return [action for _, _, action in actions(chosen(RENDERED[name]))]


@EACH
def test_a_commit_is_built_and_then_published(name: str) -> None:
    """Three stages: the commit is fetched, built, and gets its tags."""
    stages = RENDERED[name]["Resources"]["Pipeline"]["Properties"]["Stages"]
    assert ["Source", "Build", "Publish"] == [stage["Name"] for stage in stages]


@EACH
def test_each_template_does_what_its_name_says(name: str) -> None:
    """The source and the number of builds."""
    provider = _actions(name)[0]["ActionTypeId"]["Provider"]
    assert ("codecommit" in name) == (provider == "CodeCommit")
    builds = [action["Namespace"] for action in _actions(name)[1:-1]]
    assert (["Amd64", "Arm64"] if name.endswith("-multi-arch") else ["Build"]) == builds


@EACH
def test_names_of_variables_and_artifacts_differ(name: str) -> None:
    """CodePipeline refuses a namespace that is also the name of an artifact, and cuts names after ten characters."""
    artifacts = [artifact["Name"] for action in _actions(name) for artifact in action.get("OutputArtifacts", ())]
    assert set() == {*artifacts} & {action.get("Namespace") for action in _actions(name)}
    assert len(artifacts) == len({artifact[:10] for artifact in artifacts})


@EACH
def test_no_pipeline_is_started_from_here(name: str) -> None:
    """Its pushes start pipelines through ECR's events. Only the role of a rule may start its own pipeline."""
    for title, role in resources(RENDERED[name], "AWS::IAM::Role"):
        starts = "codepipeline:StartPipelineExecution" in json.dumps(role)
        assert starts == (title == "EventsRole" and "codecommit" in name)


@EACH
def test_the_bucket_and_every_role_are_its_own(name: str) -> None:
    """Builds run other people's code: they get the key and the network of the platform, and none of its artifacts."""
    imported = set(re.findall(r"ecr-pipeline:platform:\$\{Platform\}:v1:(\w+)", json.dumps(RENDERED[name])))
    expected = {"KeyArn", "VpcId", "SubnetIds", "BuildSecurityGroupId", "BuildPolicyArn"}
    assert expected | ({"DeadLetterQueueArn"} if "codecommit" in name else set()) == imported
    ((_, bucket),) = resources(RENDERED[name], "AWS::S3::Bucket")
    assert "ImportValue" in json.dumps(bucket["BucketEncryption"])


@EACH
def test_the_pipeline_has_the_permission_that_its_source_needs(name: str) -> None:
    """On the artifact bucket: one of the two, and the role of the pipeline alone has it."""
    needed, other = (
        ("s3:ListBucket", "s3:PutObjectAcl") if "codecommit" in name else ("s3:PutObjectAcl", "s3:ListBucket")
    )
    holders = [
        title
        for title, policy in resources(RENDERED[name], "AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
        if f'"{needed}"' in json.dumps(policy)
    ]
    assert ["PipelineRole"] == holders
    assert f'"{other}"' not in json.dumps(RENDERED[name])


@EACH
def test_the_console_asks_for_the_source_first(name: str) -> None:
    """Then for the image, then for where it is built."""
    groups = RENDERED[name]["Metadata"][INTERFACE]["ParameterGroups"]
    assert ["Source", "Image", "Platform"] == [group["Label"]["default"] for group in groups][:3]


def test_few_parameters_are_required() -> None:
    """The parameters without a default: the place of the source, and the destination of the image."""
    required = {
        name: [each for each, parameter in template["Parameters"].items() if "Default" not in parameter]
        for name, template in RENDERED.items()
    }
    git, codecommit = ["ConnectionArn", "SourceRepository", "RepositoryName"], ["SourceRepository", "RepositoryName"]
    assert {name: codecommit if "codecommit" in name else git for name in RENDERED} == required


@EACH
def test_the_document_names_every_endpoint(name: str) -> None:
    """A user's own network needs the endpoints that builds call, and those that CodeBuild calls for their secrets."""
    template = RENDERED[name]
    needed = services_called(template) | ALWAYS
    (section,) = re.findall(r"\n## Without internet\n(.*?)\n## ", DOCUMENT, re.DOTALL)
    assert set() == {service for service in needed if f"`{service}`" not in section}


@EACH
def test_the_document_names_every_parameter_that_turns_something_on(name: str) -> None:
    """Every feature that is off by default is in the document."""
    optional = [each for each, parameter in RENDERED[name]["Parameters"].items() if parameter.get("Default") == ""]
    assert [] == [each for each in optional if each != "PermissionsBoundaryArn" and f"`{each}`" not in DOCUMENT]


@EACH
def test_the_document_names_every_template(name: str) -> None:
    """With a link to its page."""
    assert f"[{name}](templates/{name}.md)" in DOCUMENT


@pytest.mark.parametrize("title", ["ArtifactBucketName", "BuildRoleArn", "PublishRoleArn"])
def test_outputs_of_the_document_exist(title: str) -> None:
    """The outputs that the document mentions exist."""
    assert f"`{title}`" in DOCUMENT or f"output {title}" in DOCUMENT
    assert all(title in template["Outputs"] for template in RENDERED.values())


def test_messages_of_the_document_exist() -> None:
    """Each message of our own in the table of failures is in a script, word by word."""
    scripts = json.dumps([*RENDERED.values()])
    (section,) = re.findall(r"\n\| Message \| Meaning \|\n(.*?)\n\n", DOCUMENT, re.DOTALL)
    own = [row.split(" | ")[0].removeprefix("| ") for row in section.splitlines()[1:]]
    found = [message for message in own if message in scripts]
    assert [
        "FROM and # syntax= must name images in ECR",
        "a registry limits pulls",
        "no login to Docker Hub",
        "no FROM may name a platform",
        "a tag is never moved",
    ] == found


def test_reports_and_artifacts_are_in_one_bucket() -> None:
    """One bucket, one key, one retention for all that a build leaves."""
    template = RENDERED["image-build"]
    ((_, bucket),) = resources(template, "AWS::S3::Bucket")
    assert bucket["LifecycleConfiguration"]["Rules"]
    ((_, group),) = resources(template, "AWS::CodeBuild::ReportGroup")
    assert {"Ref": "ArtifactBucket"} == group["ExportConfig"]["S3Destination"]["Bucket"]
