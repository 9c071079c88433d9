"""Requests for publishing packages to the repository of a stack."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.decisions import Request
from generator.cloudformation.offline_stack import OfflineStack

# https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html#granting-write-access-to-specific-packages
CHANGES = ("codeartifact:PublishPackageVersion", "codeartifact:PutPackageMetadata")
READ = "codeartifact:ReadFromRepository"


def publishing(stack: OfflineStack, principal: str, repository: str = "Packages") -> Iterator[Request]:
    """Each request of a package manager: a token, the existing versions, the new version, and Maven's metadata."""
    yield Request(principal=principal, action="codeartifact:GetAuthorizationToken", resources=(stack.arn("Domain"),))
    yield Request(principal=principal, action=READ, resources=(stack.arn(repository),))
    for action in CHANGES:
        yield Request(principal=principal, action=action, resources=(package_in(stack, repository),))


def package_in(stack: OfflineStack, repository: str) -> str:
    """The ARN of a package: https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html."""
    return f"{stack.arn(repository).replace(':repository/', ':package/')}/npm//orders"
