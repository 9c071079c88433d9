"""Amazon ECR."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    changed,
    refuse_existing,
    without,
)
from generator.emulator.stacks.shapes import request

_FILTERS = "ImageTagMutabilityExclusionFilters"
_APART = (_FILTERS, "EmptyOnDelete", "LifecyclePolicy", "RepositoryName", "RepositoryPolicyText")


def _filters(properties: Properties) -> dict[str, Any]:
    """The tags that may move, for the API, whose names are shorter."""
    prefix = _FILTERS.removesuffix("s")
    told = [
        {"filterType": one[f"{prefix}Type"], "filter": one[f"{prefix}Value"]} for one in properties.get(_FILTERS, [])
    ]
    return {"imageTagMutabilityExclusionFilters": told} if told else {}


def _create_repository(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("RepositoryName") or work.name(256).lower())
    settings = without(properties, *_APART)
    request(work.client("ecr"), "CreateRepository", settings, repositoryName=name, **_filters(properties))
    return name


def _settle_repository(work: ResourceContext, name: str, new: Properties, old: Properties) -> None:
    client = work.client("ecr")
    if changed(old, new, "LifecyclePolicy"):
        if "LifecyclePolicy" in new:
            client.put_lifecycle_policy(
                repositoryName=name, lifecyclePolicyText=new["LifecyclePolicy"]["LifecyclePolicyText"]
            )
        else:
            client.delete_lifecycle_policy(repositoryName=name)
    if changed(old, new, "RepositoryPolicyText"):
        if "RepositoryPolicyText" in new:
            client.set_repository_policy(repositoryName=name, policyText=json.dumps(new["RepositoryPolicyText"]))
        else:
            client.delete_repository_policy(repositoryName=name)
    if old and changed(old, new, "ImageScanningConfiguration"):
        scan = new.get("ImageScanningConfiguration", {}).get("ScanOnPush", False)
        client.put_image_scanning_configuration(
            repositoryName=name, imageScanningConfiguration={"scanOnPush": str(scan).lower() == "true"}
        )
    if old and (changed(old, new, "ImageTagMutability") or changed(old, new, _FILTERS)):
        client.put_image_tag_mutability(
            repositoryName=name, imageTagMutability=new.get("ImageTagMutability", "MUTABLE"), **_filters(new)
        )


def _described(work: ResourceContext, name: str, _properties: Properties) -> dict[str, str]:
    (found,) = work.client("ecr").describe_repositories(repositoryNames=[name])["repositories"]
    return {"Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"]}


def _delete_repository(work: ResourceContext, name: str, properties: Properties) -> None:
    force = str(properties.get("EmptyOnDelete", False)).lower() == "true"
    work.client("ecr").delete_repository(repositoryName=name, force=force)


def _refuse_other_rules(work: ResourceContext) -> None:
    """Refuse existing rules, which CloudFormation's handler does not take over.

    https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ecr/tree/master/aws-ecr-replicationconfiguration
    """
    registry = work.client("ecr").describe_registry
    refuse_existing(work, work.account, lambda: registry()["replicationConfiguration"]["rules"])


def _registry(
    operation: str, empty: Properties, before: Callable[[ResourceContext], None] = lambda _: None
) -> ResourceHandler:
    """Settings that exist once per registry.

    One operation creates and changes them, and deletes them by empty settings.
    """

    def put(work: ResourceContext, properties: Properties) -> str:
        request(work.client("ecr"), operation, properties)
        return work.account

    def create(work: ResourceContext, properties: Properties) -> str:
        before(work)
        return put(work, properties)

    return ResourceHandler(
        create=create,
        update=lambda work, _id, new, _old: put(work, new),
        delete=lambda work, _id, _properties: put(work, empty),
        attributes=lambda work, _id, _properties: {"RegistryId": work.account},
    )


def _sign(work: ResourceContext, properties: Properties) -> str:
    request(work.client("ecr"), "PutSigningConfiguration", {"signingConfiguration": properties})
    return work.account


def _put_policy(work: ResourceContext, properties: Properties) -> str:
    policy = properties["PolicyText"]
    work.client("ecr").put_registry_policy(policyText=policy if isinstance(policy, str) else json.dumps(policy))
    return work.account


def _create_policy(work: ResourceContext, properties: Properties) -> str:
    """Create the one policy of a registry. CloudFormation's handler does not take over an existing one."""
    refuse_existing(work, work.account, work.client("ecr").get_registry_policy)
    return _put_policy(work, properties)


def _put_template(operation: str, work: ResourceContext, properties: Properties) -> str:
    request(work.client("ecr"), operation, without(properties, _FILTERS), **_filters(properties))
    return str(properties["Prefix"])


TYPES = {
    "AWS::ECR::RegistryPolicy": ResourceHandler(
        create=_create_policy,
        update=lambda work, _id, new, _old: _put_policy(work, new),
        delete=lambda work, _id, _properties: work.client("ecr").delete_registry_policy(),
        attributes=lambda work, _id, _properties: {"RegistryId": work.account},
    ),
    "AWS::ECR::RegistryScanningConfiguration": _registry(
        "PutRegistryScanningConfiguration", {"ScanType": "BASIC", "Rules": []}
    ),
    "AWS::ECR::ReplicationConfiguration": _registry(
        "PutReplicationConfiguration", {"ReplicationConfiguration": {"Rules": []}}, _refuse_other_rules
    ),
    "AWS::ECR::Repository": ResourceHandler(
        create=_create_repository,
        settle=_settle_repository,
        delete=_delete_repository,
        attributes=_described,
    ),
    "AWS::ECR::RepositoryCreationTemplate": ResourceHandler(
        create=partial(_put_template, "CreateRepositoryCreationTemplate"),
        update=lambda work, _id, new, _old: _put_template("UpdateRepositoryCreationTemplate", work, new),
        delete=lambda work, prefix, _properties: work.client("ecr").delete_repository_creation_template(prefix=prefix),
    ),
    "AWS::ECR::SigningConfiguration": ResourceHandler(
        create=_sign,
        update=lambda work, _id, new, _old: _sign(work, new),
        delete=lambda work, _id, _properties: work.client("ecr").delete_signing_configuration(),
        attributes=lambda work, _id, _properties: {"RegistryId": work.account},
    ),
}
