"""AWS Signer."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::Signer::SigningProfile": ResourceType(
        named_by="ProfileName", purpose="Names the key and the format that images are signed with."
    ),
}
