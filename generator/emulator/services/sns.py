"""Amazon SNS: delivery to chat channels, which moto lacks.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.sns.models import sns_backends

from generator.cloudformation.refusals import RefusedError
from generator.emulator.events.chat import display
from generator.emulator.front.chat_records import Post, channels
from generator.emulator.front.operation import Operation, OperationContext


def _publish(context: OperationContext) -> dict[str, Any]:
    told = context.call.parameters
    attributes = {
        name: {"Type": each["DataType"], "Value": each.get("StringValue", each.get("BinaryValue"))}
        for name, each in (told.get("MessageAttributes") or {}).items()
    }
    try:
        message_id = context.backend(sns_backends).publish(
            told["Message"],
            arn=told.get("TargetArn") or told.get("TopicArn"),
            phone_number=told.get("PhoneNumber"),
            subject=told.get("Subject"),
            message_attributes=attributes,
            group_id=told.get("MessageGroupId"),
            deduplication_id=told.get("MessageDeduplicationId"),
            message_structure=told.get("MessageStructure"),
        )
    except ValueError as error:
        raise RefusedError(str(error), "InvalidParameter") from None
    _post(context, told)
    return {"MessageId": message_id}


def _post(context: OperationContext, told: Mapping[str, Any]) -> None:
    """Post a message to the channels. The service subscribes to each topic of a channel itself, by HTTPS.

    https://docs.aws.amazon.com/chatbot/latest/adminguide/slr-permissions.html
    """
    text = told["Message"]
    if told.get("MessageStructure") == "json":
        forms = json.loads(text)
        text = forms.get("https", forms["default"])
    known = channels(context.cloud)
    for arn, channel in known.by_arn.items():
        if told.get("TopicArn") in channel["SnsTopicArns"]:
            known.posts.append(Post(arn, *display(text)))


OPERATIONS: dict[str, Operation] = {"sns:Publish": _publish}
