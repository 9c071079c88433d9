"""Promises about the outputs of a stack, which people copy and look up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.rendered import Rendered, actions, has_own_vpc_and_pipeline

# The outputs that a stack has if it has a resource of this name. What other stacks import is in exports.py.
PUBLIC = {
    "Amd64Project": ("BuildProjects",),
    "Arm64Project": ("BuildProjects",),
    "BuildProject": ("BuildProjects",),
    "BuildRole": ("BuildRoleArn",),
    "BuildSecurityGroup": ("BuildSecurityGroupId",),
    "DeployProject": ("Deployer",),
    "Deployer": ("Deployer",),
    "GitHubPushRole": ("GitHubPushRoleArn",),
    "InspectProject": ("InspectProject",),
    "LostPushes": ("LostPushesQueueUrl",),
    "Machine": ("StateMachineArn",),
    "NotificationTopic": ("NotificationTopicArn",),
    "Packages": ("CodeArtifact", "PythonIndex", "NpmRegistry", "MavenRepository"),
    "Pipeline": ("PipelineName", "PipelineArn"),
    "PipelineRole": ("PipelineRoleArn",),
    "PublishProject": ("BuildProjects",),
    "PublishRole": ("PublishRoleArn",),
    "Reviser": ("Deployer",),
    "Repository": ("RepositoryArn", "RepositoryName", "RepositoryUri"),
    "SigningProfile": ("SigningProfileArn",),
}


def resources_that_people_look_up_are_outputs(template: Rendered) -> Iterator[str]:
    """Each resource that people look up has its outputs, and these are about it."""
    outputs = template.get("Outputs", {})
    for resource, names in PUBLIC.items():
        if resource == "BuildSecurityGroup" and has_own_vpc_and_pipeline(template):
            continue  # builds in a VPC of their own connect to nothing of the user
        for name in names if resource in template["Resources"] else ():
            if resource not in json.dumps(outputs.get(name, {}).get("Value", "")):
                yield f"the output {name} is missing, or is not about {resource}"


def outputs_are_about_what_they_name(template: Rendered) -> Iterator[str]:
    """An output that is called as a resource, such as BuildRoleArn, is about that resource."""
    for name, output in template.get("Outputs", {}).items():
        found = re.fullmatch(r"(\w+?)(Arn|Id|Name|QueueUrl|Uri)", name)
        if found and found[1] in template["Resources"] and f'{found[1]}"' not in _names_in(output["Value"]):
            yield f"the output {name} has the value {json.dumps(output['Value'])}, which is not about {found[1]}"


def records_are_outputs(template: Rendered) -> Iterator[str]:
    """For each stage that is recorded an output has the name of the record."""
    outputs = template.get("Outputs", {})
    for _, stage, action in actions(template):
        if action["Name"] == "Record":
            value = json.dumps(outputs.get(f"{stage}Record", {}).get("Value", ""))
            if f"/{stage.lower()}/image" not in value:
                yield f"the output {stage}Record is missing, or is not the record of {stage}"


def no_two_outputs_are_the_same(template: Rendered) -> Iterator[str]:
    """No two outputs have the same value."""
    known: dict[str, str] = {}
    for name, output in template.get("Outputs", {}).items():
        first = known.setdefault(json.dumps(output["Value"]), name)
        if first != name:
            yield f"the output {name} has the same value as {first}: remove one of them"


def _names_in(value: Any) -> str:
    """The text of a value, in which `${Resource}` and `Resource.Attribute` end as a Ref does."""
    return re.sub(r"\}|\.\w+", '"', json.dumps(value))
