"""Amazon CloudWatch Logs."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::Logs::LogGroup": ResourceType(
        arn=REGIONAL + "log-group:{name}:*", purpose="Keeps the log of a build or a function for a number of days."
    ),
}
