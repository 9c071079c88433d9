"""Amazon SQS."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::SQS::Queue": ResourceType(
        ref="https://sqs.{region}.{suffix}/{account}/{name}",
        named_by="QueueName",
        key="KmsMasterKeyId",
        purpose="Keeps events that EventBridge could not deliver.",
    ),
    "AWS::SQS::QueuePolicy": ResourceType(
        policy="PolicyDocument", policy_is_for="Queues", purpose="Says who may send messages to a queue."
    ),
}
