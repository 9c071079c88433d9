"""ECR replication: the rules of a registry copy pushed images to other registries, if those allow it.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from generator.authorization.decisions import Policies, Policy, Request, decide
from generator.authorization.service_roles.ecr import repository_made
from generator.emulator.events.service_events import image_replicated
from generator.emulator.front.answers import reason
from generator.emulator.front.cloud import Emulator
from generator.emulator.runs.action import PermitsCall
from generator.emulator.services.ecr import CreationTemplates, ImagePut, ImageScans
from generator.emulator.trial.existing_resources import TrialPlace
from generator.eventbridge.patterns import BusEvent

# The role with which ECR replicates, and what its policy allows.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-rep.html
_ROLE = "role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication"
_MAY = Policy(
    "ECRReplicationServiceRolePolicy",
    {"Statement": [{"Effect": "Allow", "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"], "Resource": "*"}]},
)


class ReplicationError(Exception):
    """The destination refuses the image. The text says why."""


class Replica(NamedTuple):
    """An image to be copied: its destination, the event there, and why it was not copied."""

    place: TrialPlace
    event: BusEvent
    why: str = ""


def replicas(source: Emulator, put: ImagePut, permits: Mapping[TrialPlace, PermitsCall]) -> Iterator[Replica]:
    """Copy an image that was pushed in the account and region of `source`, once for each destination.

    Replicas are not replicated. `permits` decides, by account and region, what ECR does there with a role.
    """
    for place in _destinations(source, put.repository):
        there = source.elsewhere(**place._asdict())
        origin = {"source_account": source.account, "source_region": source.region, "repository": put.repository}
        try:
            tag = _copy(source, there, put, permits.get(place, lambda _: ""))
        except ReplicationError as error:
            failed = image_replicated(**origin, digest=put.digest, tag=put.tag, result="FAILED", **place._asdict())
            yield Replica(place, failed, str(error))
        else:
            yield Replica(place, image_replicated(**origin, digest=put.digest, tag=tag, **place._asdict()))


def _destinations(source: Emulator, repository: str) -> list[TrialPlace]:
    """The destinations of the rules. A rule without a filter is for every repository."""
    rules = source.inside("ecr").describe_registry()["replicationConfiguration"]["rules"]
    return list(
        dict.fromkeys(
            TrialPlace(each["registryId"], each["region"])
            for rule in rules
            if any(repository.startswith(one["filter"]) for one in rule.get("repositoryFilters", [{"filter": ""}]))
            for each in rule["destinations"]
        )
    )


def _copy(source: Emulator, there: Emulator, put: ImagePut, permits: PermitsCall) -> str:
    """The tag under which the image arrives. An immutable tag that exists is left out.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html#replication-considerations
    """
    known = {each["repositoryName"] for each in there.inside("ecr").describe_repositories()["repositories"]}
    if put.repository not in known:
        _ask(source, there, "ecr:CreateRepository", put.repository)
        _create(there, put.repository, permits)
    _ask(source, there, "ecr:ReplicateImage", put.repository)
    wanted = {"repositoryName": put.repository, "imageIds": [{"imageDigest": put.digest}]}
    [image] = source.inside("ecr").batch_get_image(**wanted)["images"]
    copied: dict[str, Any] = {
        "repositoryName": put.repository,
        "imageManifest": image["imageManifest"],
        "imageManifestMediaType": image["imageManifestMediaType"],
        "imageDigest": put.digest,
    }
    tag = put.tag
    if tag:
        try:
            there.inside("ecr").put_image(**copied, imageTag=tag)
        except ClientError:
            tag = ""
    if not tag:
        with suppress(ClientError):  # it exists
            there.inside("ecr").put_image(**copied)
    _scan(source, there, put)
    return tag


def _ask(source: Emulator, there: Emulator, action: str, repository: str) -> None:
    """ReplicationError if the policy of the registry does not allow it to the account of the source.

    Within an account no policy is checked.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
    """
    partition = get_partition(there.region)
    policy = None
    with suppress(ClientError):  # there is none
        text = there.inside("ecr").get_registry_policy()["policyText"]
        policy = Policy("the registry", json.loads(text))
    request = Request(
        principal=f"arn:{partition}:iam::{source.account}:{_ROLE}",
        action=action,
        resources=(f"arn:{partition}:ecr:{there.region}:{there.account}:repository/{repository}",),
    )
    decision = decide(request, Policies(identity=(_MAY,), resource=policy))
    if not decision.allowed:
        raise ReplicationError(decision.reason)


def _create(there: Emulator, repository: str, permits: PermitsCall) -> None:
    """Create the repository by the creation template of its prefix. Without one it is mutable and not encrypted by KMS.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
    """
    ecr, template = there.inside("ecr"), there.memory(CreationTemplates).of(repository)
    if role := template.get("customRoleArn"):
        key = template.get("encryptionConfiguration", {}).get("kmsKey", "")
        for call in repository_made(role, repository, key):
            if why := permits(call):
                raise ReplicationError(why)
    wanted = {
        "encryptionConfiguration": template.get("encryptionConfiguration"),
        "imageTagMutability": template.get("imageTagMutability"),
        "imageTagMutabilityExclusionFilters": template.get("imageTagMutabilityExclusionFilters"),
        "tags": template.get("resourceTags"),
    }
    try:
        ecr.create_repository(repositoryName=repository, **{key: value for key, value in wanted.items() if value})
        if "lifecyclePolicy" in template:
            ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=template["lifecyclePolicy"])
        if "repositoryPolicy" in template:
            ecr.set_repository_policy(repositoryName=repository, policyText=template["repositoryPolicy"])
    except ClientError as error:
        raise ReplicationError(reason(error)) from error


def _scan(source: Emulator, there: Emulator, put: ImagePut) -> None:
    """Scan a replica, if the settings of the destination require it. Scan results are not copied."""
    wanted = {"repositoryNames": [put.repository]}
    [by_registry] = there.inside("ecr").batch_get_repository_scanning_configuration(**wanted)["scanningConfigurations"]
    [repository] = there.inside("ecr").describe_repositories(**wanted)["repositories"]
    on_push = by_registry["scanFrequency"] != "MANUAL" or repository["imageScanningConfiguration"]["scanOnPush"]
    scan = source.memory(ImageScans).by_digest.get(put.digest)
    if scan and on_push:
        there.memory(ImageScans).by_digest[put.digest] = scan
