"""Amazon ECR."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::ECR::RepositoryCreationTemplate": ResourceType(
        ref="{name}",
        named_by="Prefix",
        key="KmsKey",
        role="CustomRoleArn",
        assumed_by="ecr",
        purpose="Defines the settings of repositories that replication creates.",
    ),
    "AWS::ECR::Repository": ResourceType(
        arn=REGIONAL + "repository/{name}",
        attributes={"RepositoryUri": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
        policy="RepositoryPolicyText",
        purpose="Holds the images.",
    ),
    "AWS::ECR::RegistryScanningConfiguration": ResourceType(
        purpose="Defines how all repositories of the account and region are scanned."
    ),
    "AWS::ECR::ReplicationConfiguration": ResourceType(purpose="Copies pushed images to another region or account."),
    "AWS::ECR::SigningConfiguration": ResourceType(purpose="Makes ECR sign images when they are pushed."),
    "AWS::ECR::RegistryPolicy": ResourceType(purpose="Lets other accounts replicate images into this registry."),
}
