"""Amazon SQS."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, through


def _send(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Sending to an encrypted queue needs its key.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    account, name = str(call.parameters["QueueUrl"]).split("/")[-2:]
    place = environment.place
    queue = f"arn:{place.partition}:sqs:{place.region}:{account}:{name}"
    yield Need(call.name, (queue,))
    key = environment.keys.get(queue, "")
    yield from through(environment, "sqs", key, {"aws:sqs:arn": queue}, "kms:GenerateDataKey", "kms:Decrypt")


NEEDS: Needs = {"sqs:SendMessage": _send}
