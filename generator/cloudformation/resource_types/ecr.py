"""Amazon ECR."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::ECR::RepositoryCreationTemplate": ResourceType(
        ref="{name}", named_by="Prefix", key="KmsKey", role="CustomRoleArn", assumed_by="ecr"
    ),
    "AWS::ECR::Repository": ResourceType(
        arn=REGIONAL + "repository/{name}",
        attributes={"RepositoryUri": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
        policy="RepositoryPolicyText",
        purpose="Holds the images.",
    ),
    "AWS::ECR::RegistryScanningConfiguration": ResourceType(
        purpose="Says how all repositories of the account and region are scanned."
    ),
    "AWS::ECR::ReplicationConfiguration": ResourceType(purpose="Copies pushed images to another region or account."),
    "AWS::ECR::SigningConfiguration": ResourceType(purpose="Has ECR sign images when they are pushed."),
}
