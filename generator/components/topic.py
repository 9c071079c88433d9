"""The topic that tells people: an approval waits, a run failed, a push was lost."""

from __future__ import annotations

from typing import NamedTuple

from awacs import sns
from awacs.aws import (
    Allow,
    ArnLike,
    Condition,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
)
from troposphere import Ref, Template
from troposphere.sns import SubscriptionResource, TopicPolicy
from troposphere.sns import Topic as SnsTopic

from generator.arn import arn
from generator.components.encryption import Key
from generator.iam import ACCOUNT, Grant
from generator.outputs import add_output
from generator.parameters import add_condition, add_parameter, is_given


class Topic(NamedTuple):
    """The topic and the key that its messages are encrypted with."""

    arn: Ref
    key: Key

    def publish(self, why: str) -> tuple[Grant, ...]:
        """Publish to the topic; the key goes with it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-service-role-permissions.html
        """
        return (Grant(sid="Publish", actions=(sns.Publish,), resources=(self.arn,), why=why), self.key.publish())


def add_topic(template: Template, key: Key) -> Topic:
    """An encrypted topic with an optional subscription by e-mail. Roles publish by their own policies."""
    email = add_parameter(
        template,
        "NotificationEmail",
        group="Approval",
        label="E-mail of the approvers",
        description="Gets approval requests, failed runs and lost pushes, once it has confirmed. Empty: nobody yet.",
        Default="",
        AllowedPattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$",
        ConstraintDescription="Type one e-mail address, or nothing.",
    )
    topic = SnsTopic("NotificationTopic", KmsMasterKeyId=key.arn)
    template.add_resource(topic)
    template.add_resource(
        SubscriptionResource(
            "EmailSubscription",
            Condition=add_condition(template, "HasNotificationEmail", is_given(email)),
            TopicArn=Ref(topic),
            Protocol="email",
            Endpoint=email,
        )
    )
    template.add_resource(
        TopicPolicy("NotificationTopicPolicy", Topics=[Ref(topic)], PolicyDocument=_topic_policy(Ref(topic)))
    )
    add_output(
        template, "NotificationTopicArn", Ref(topic), "Approval requests, failed runs and lost pushes: subscribe here"
    )
    return Topic(Ref(topic), key)


def _topic_policy(topic: Ref) -> PolicyDocument:
    """Alarms of this account may publish; of its roles, their own policies decide. Encrypted topics refuse plain HTTP.

    https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
    """
    return PolicyDocument(
        Version="2012-10-17",
        Statement=[
            Statement(
                Sid="Alarms",
                Effect=Allow,
                Principal=Principal("Service", "cloudwatch.amazonaws.com"),
                Action=[sns.Publish],
                Resource=[topic],
                Condition=Condition(
                    [
                        StringEquals({"aws:SourceAccount": ACCOUNT}),
                        ArnLike({"aws:SourceArn": arn("cloudwatch", "alarm:*")}),
                    ]
                ),
            ),
        ],
    )
