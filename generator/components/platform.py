"""A platform: resources shared by the pipelines of an account and region.

One stack creates it, the others import it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from troposphere import ImportValue, Join, Ref, Template

from generator.components.artifacts import ArtifactStore
from generator.components.encryption import Key
from generator.components.lost_pushes import DeadLetters, add_dead_letters
from generator.components.network import Network
from generator.model.export_names import add_coupling_name, add_export, imported
from generator.model.grants import Grant, add_shared_policy
from generator.model.stages import Build

KIND = "platform"
GROUP = "Platform"


class Platform(NamedTuple):
    """The resources of a platform that a pipeline uses, created by this stack or imported.

    `pipeline_policy` is for the role of every pipeline: find artifacts, use the key, run Inspect.
    """

    store: ArtifactStore
    inspect_project: Ref | ImportValue
    dead_letters: DeadLetters
    pipeline_policy: Ref | ImportValue

    @property
    def key(self) -> Key:
        """The key of artifacts, logs, messages and queues."""
        return self.store.key


def add_platform(template: Template, store: ArtifactStore, inspect: Build, run: Iterable[Grant]) -> Platform:
    """The queue, and the policy of pipeline roles: they move artifacts, use the key, and run Inspect as `run` says.

    Each pipeline's own stack grants its part of the bucket.
    """
    grants = (store.find(), store.read_versioning(), store.key.use(), *run)
    policy = add_shared_policy(template, "PipelinePolicy", grants)
    return Platform(store, inspect.project_name, add_dead_letters(template, store.key), policy)


def add_platform_exports(template: Template, platform: Platform, network: Network) -> None:
    """The exports for pipelines and deployers, and those of the network for image builds."""
    for thing, value, description in (
        ("KeyArn", platform.key.arn, "Key of artifacts, logs, messages and queues"),
        ("ArtifactBucket", platform.store.bucket_name, "Artifact bucket, kept when the stack is deleted"),
        ("InspectProject", platform.inspect_project, "CodeBuild project that every pipeline runs first"),
        ("DeadLetterQueueArn", platform.dead_letters.arn, "Queue of events that could not start a pipeline"),
        ("PipelinePolicyArn", platform.pipeline_policy, "Policy for the role of every pipeline"),
        ("VpcId", network.vpc_id, "VPC of the builds"),
        # The value of an export is a text, so a list is joined here and split where it is imported.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/outputs-section-structure.html
        ("SubnetIds", Join(",", network.subnet_ids), "Private subnets of the builds, separated by commas"),
        ("BuildSecurityGroupId", network.security_group_id, "Security group of the builds"),
        ("BuildPolicyArn", Ref("BuildPolicy"), "Policy that lets the role of a build use the network"),
    ):
        add_export(template, KIND, thing, value, description)


def import_platform(template: Template) -> Platform:
    """The platform whose name is in the parameter `Platform`."""
    add_coupling_name(
        template,
        KIND,
        group=GROUP,
        description="Name of the platform that provides key, bucket and Inspect.",
    )
    return Platform(
        store=ArtifactStore(imported(KIND, "ArtifactBucket"), Key(imported(KIND, "KeyArn"))),
        inspect_project=imported(KIND, "InspectProject"),
        dead_letters=DeadLetters(imported(KIND, "DeadLetterQueueArn")),
        pipeline_policy=imported(KIND, "PipelinePolicyArn"),
    )
