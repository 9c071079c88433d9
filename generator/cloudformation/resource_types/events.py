"""Amazon EventBridge."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::Events::Rule": ResourceType(
        arn=REGIONAL + "rule/{name}",
        named_by="Name",
        purpose="Calls its targets for each event that matches its pattern.",
    ),
}
