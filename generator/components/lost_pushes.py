"""The queue of events that a rule could not deliver."""

from __future__ import annotations

from typing import NamedTuple

from awacs import sqs
from awacs.aws import Allow, ArnLike, Bool, Condition, Deny, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Template
from troposphere.sqs import Queue, QueuePolicy

from generator.components.encryption import Key
from generator.model.arn import arn
from generator.model.outputs import add_output

LONGEST_DAYS = 14  # SQS's own limit


class DeadLetters(NamedTuple):
    """The queue of events that rules could not deliver, by its ARN."""

    arn: object


def add_dead_letters(template: Template, key: Key) -> DeadLetters:
    """An encrypted queue of events that the rules of this account could not deliver.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    # It must be a standard queue: EventBridge sends nothing to a FIFO queue.
    queue = Queue(
        "LostPushes",
        DeletionPolicy="Delete",
        UpdateReplacePolicy="Delete",
        KmsMasterKeyId=key.arn,
        MessageRetentionPeriod=LONGEST_DAYS * 24 * 3600,
    )
    template.add_resource(queue)
    queue_arn = GetAtt(queue, "Arn")
    template.add_resource(
        # The console writes this policy by itself, CloudFormation does not. Without it EventBridge drops the event.
        QueuePolicy(
            "LostPushesPolicy",
            Queues=[Ref(queue)],
            PolicyDocument=PolicyDocument(Version="2012-10-17", Statement=_statements(queue_arn)),
        )
    )
    description = f"Events that could not start a pipeline stay here for {LONGEST_DAYS} days"
    add_output(template, "LostPushesQueueUrl", Ref(queue), description)
    return DeadLetters(queue_arn)


def _statements(queue_arn: GetAtt) -> list[Statement]:
    """Rules of this account and region may send events that they could not deliver. TLS is required.

    The ARN of a rule contains its account, so that the condition on it is sufficient.
    """
    return [
        Statement(
            Sid="KeepLostPushes",
            Effect=Allow,
            Principal=Principal("Service", "events.amazonaws.com"),
            Action=[sqs.SendMessage],
            Resource=[queue_arn],
            Condition=Condition(ArnLike({"aws:SourceArn": arn("events", "rule/*")})),
        ),
        Statement(
            Sid="RefusePlainHttp",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[sqs.SendMessage, sqs.ReceiveMessage, sqs.DeleteMessage],
            Resource=[queue_arn],
            Condition=Condition(Bool({"aws:SecureTransport": "false"})),
        ),
    ]
