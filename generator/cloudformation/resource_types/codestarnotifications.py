"""AWS CodeStar Notifications: the notifications of the developer tools."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::CodeStarNotifications::NotificationRule": ResourceType(
        arn=REGIONAL + "notificationrule/{name}",
        service="codestar-notifications",
        ref="{arn}",
        named_by="Name",
        purpose="Publishes events of a pipeline to a topic, in the form that a chat shows.",
    ),
}
