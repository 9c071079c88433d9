"""AWS Lambda."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::Lambda::Function": ResourceType(
        arn=REGIONAL + "function:{name}",
        role="Role",
        assumed_by="lambda",
        purpose="Runs a few lines of code, as its role.",
    ),
}
