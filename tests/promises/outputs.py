"""Promises about what other stacks and people read from a stack."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.rendered import Rendered, actions

# What a resource of this name puts out.
PUBLIC = {
    "ArtifactBucket": ("ArtifactBucketName",),
    "BuildSecurityGroup": ("BuildSecurityGroupId",),
    "DeployProject": ("Deployer",),
    "Deployer": ("Deployer",),
    "GitHubPushRole": ("GitHubPushRoleArn",),
    "Key": ("KeyArn",),
    "LostPushes": ("LostPushesQueueUrl",),
    "NotificationTopic": ("NotificationTopicArn",),
    "Pipeline": ("PipelineName", "PipelineArn"),
    "Reviser": ("Deployer",),
    "Repository": ("RepositoryArn", "RepositoryName", "RepositoryUri"),
    "SigningProfile": ("SigningProfileArn",),
    "Vpc": ("VpcId",),
}


def what_others_need_is_put_out(template: Rendered) -> Iterator[str]:
    """Each resource that others refer to is an output, under its own name, and that output is about it."""
    outputs = template.get("Outputs", {})
    for resource, names in PUBLIC.items():
        for name in names if resource in template["Resources"] else ():
            if resource not in json.dumps(outputs.get(name, {}).get("Value", "")).replace("CreateKey", ""):
                yield f"{name} does not tell {resource}"


def records_are_put_out(template: Rendered) -> Iterator[str]:
    """For each stage that is recorded an output says where."""
    outputs = template.get("Outputs", {})
    for _, stage, action in actions(template):
        if action["Name"] == "Record":
            value = json.dumps(outputs.get(f"{stage}Record", {}).get("Value", ""))
            if f"/{stage.lower()}/image" not in value:
                yield f"{stage}Record does not tell where the record is"


def no_two_outputs_are_the_same(template: Rendered) -> Iterator[str]:
    """Each output tells something of its own."""
    told: dict[str, str] = {}
    for name, output in template.get("Outputs", {}).items():
        first = told.setdefault(json.dumps(output["Value"]), name)
        if first != name:
            yield f"{name} tells the same as {first}"
