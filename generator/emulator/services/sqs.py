"""Amazon SQS: attributes of queues. moto drops the policy of a queue whenever another attribute is set.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import Any

from moto.sqs.models import sqs_backends

from generator.emulator.front.operation import Operation, OperationContext


def _set_attributes(context: OperationContext) -> dict[str, Any]:
    backend = context.backend(sqs_backends)
    name = context.call.parameters["QueueUrl"].rsplit("/", 1)[1]
    kept = {"Policy": backend.get_queue(name).policy}
    backend.set_queue_attributes(name, {**kept, **context.call.parameters["Attributes"]})
    return {}


OPERATIONS: dict[str, Operation] = {"sqs:SetQueueAttributes": _set_attributes}
