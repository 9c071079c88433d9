"""Amazon ECR."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::ECR::Repository": ResourceType(
        arn=REGIONAL + "repository/{name}",
        attributes={"RepositoryUri": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
        policy="RepositoryPolicyText",
    ),
}
