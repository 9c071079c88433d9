"""Amazon SNS."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::SNS::Topic": ResourceType(ref="{arn}", named_by="TopicName", key="KmsMasterKeyId"),
    "AWS::SNS::TopicPolicy": ResourceType(policy="PolicyDocument", policy_is_for="Topics"),
}
