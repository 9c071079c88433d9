"""AWS CodeStar Notifications: rules for the events of pipelines."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request

_SERVICE = "codestar-notifications"


def _create(work: ResourceContext, properties: Properties) -> str:
    return str(request(work.client(_SERVICE), "CreateNotificationRule", properties)["Arn"])


def _update(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
    request(work.client(_SERVICE), "UpdateNotificationRule", without(new, "Resource", "Tags"), Arn=arn)


TYPES = {
    "AWS::CodeStarNotifications::NotificationRule": ResourceHandler(
        create=_create,
        update=_update,
        delete=lambda work, arn, _: work.client(_SERVICE).delete_notification_rule(Arn=arn),
        attributes=lambda _work, arn, _: {"Arn": arn},
    ),
}
