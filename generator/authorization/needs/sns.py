"""Amazon SNS."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, needed, through


def _publish(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Publishing to an encrypted topic needs its key.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
    """
    yield needed(call, environment, call.name, "{TopicArn}")
    topic = str(call.parameters["TopicArn"])
    key = environment.keys.get(topic, "")
    yield from through(environment, "sns", key, {"aws:sns:topicArn": topic}, "kms:GenerateDataKey", "kms:Decrypt")


NEEDS: Needs = {"sns:Publish": _publish}
