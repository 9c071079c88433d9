"""AWS CodeArtifact."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::CodeArtifact::Domain": ResourceType(
        arn=REGIONAL + "domain/{name}",
        ref="{arn}",
        named_by="DomainName",
        attributes={"Name": "{name}", "Owner": "{account}"},
        policy="PermissionsPolicyDocument",
        key="EncryptionKey",
        purpose="Holds the repositories of packages, and encrypts them.",
    ),
    "AWS::CodeArtifact::Repository": ResourceType(
        arn=REGIONAL + "repository/{DomainName}/{name}",
        ref="{arn}",
        named_by="RepositoryName",
        attributes={"Name": "{name}"},
        policy="PermissionsPolicyDocument",
        purpose="Holds packages, or copies of the packages of a public registry.",
    ),
}
