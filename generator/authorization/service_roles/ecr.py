"""ECR: repositories that it creates for replicas, with the role of a creation template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.cloudformation.offline_stack import OfflineStack
from generator.listed import listed

MAKE_REPOSITORY = Routine(
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-custom.html",
    (
        ("ecr:CreateRepository", {"repositoryName": "{Repository}", "KmsKey": "{Key}"}),
        ("ecr:ReplicateImage", {"repositoryName": "{Repository}"}),
    ),
)


def repository_made(role: str, repository: str, key: str) -> Iterator[ServiceCall]:
    """The calls of ECR, with the role of a creation template, for the first replica of a repository. "" is no key."""
    yield from calls_in(MAKE_REPOSITORY, role, {"Repository": repository, "Key": key})


def _creation_template(
    stack: OfflineStack, _title: str, template: Mapping[str, Any], _facts: Facts
) -> Iterator[ServiceCall]:
    """The calls for one example repository below each prefix that the registry's policy names."""
    key = template.get("EncryptionConfiguration", {}).get("KmsKey", "")
    for _, policy in stack.resources("AWS::ECR::RegistryPolicy"):
        for statement in policy["PolicyText"]["Statement"]:
            for resource in listed(statement["Resource"]):
                repository = resource.partition(":repository/")[2].replace("*", "orders")
                yield from repository_made(template["CustomRoleArn"], repository, key)


ROLE_USERS: RoleUsers = {"AWS::ECR::RepositoryCreationTemplate": _creation_template}
