"""AWS KMS."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::KMS::Key": ResourceType(
        arn=REGIONAL + "key/{name}",
        physical_id="{serial:.8}-0000-4000-8000-000000000000",
        policy="KeyPolicy",
        purpose="Encrypts what the stack keeps: artifacts, logs, messages, images.",
    ),
    "AWS::KMS::Alias": ResourceType(purpose="A readable name for a key."),
}
