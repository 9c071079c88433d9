"""Amazon SNS."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::SNS::Topic": ResourceType(
        ref="{arn}",
        named_by="TopicName",
        key="KmsMasterKeyId",
        purpose="Sends notices and approval requests to its subscribers.",
    ),
    "AWS::SNS::TopicPolicy": ResourceType(
        policy="PolicyDocument", policy_is_for="Topics", purpose="Says which services may publish to a topic."
    ),
    "AWS::SNS::Subscription": ResourceType(purpose="Sends the messages of a topic to an address."),
}
