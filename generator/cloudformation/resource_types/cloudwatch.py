"""Amazon CloudWatch."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::CloudWatch::Alarm": ResourceType(
        arn=REGIONAL + "alarm:{name}", purpose="Goes off when a metric exceeds its limit, and notifies a topic."
    ),
}
