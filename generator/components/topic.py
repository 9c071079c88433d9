"""The topic that notifies people: of a pipeline, or of the images of a registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from awacs import sns
from awacs.aws import (
    Allow,
    ArnLike,
    Bool,
    Condition,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
)
from troposphere import Ref, Template
from troposphere.sns import SubscriptionResource, TopicPolicy
from troposphere.sns import Topic as SnsTopic

from generator.components.encryption import Key
from generator.model.arn import arn
from generator.model.grants import ACCOUNT, Grant
from generator.model.outputs import add_output
from generator.model.parameters import add_condition, add_parameter, is_given, under


class Topic(NamedTuple):
    """The topic and the key that its messages are encrypted with."""

    arn: Ref
    key: Key

    def publish(self, why: str) -> Grant:
        """Publish to the topic. The publisher also needs the key: `key.publish()`, or more of the key.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-service-role-permissions.html
        """
        return Grant(sid="Publish", actions=(sns.Publish,), resources=(self.arn,), why=why)


class Audience(NamedTuple):
    """The readers of a topic and its messages, in the words of the console."""

    group: str
    label: str
    news: str


APPROVERS = Audience("Approval", "E-mail of the approvers", "approval requests, failed runs and lost pushes")


def alarms_publish(topic: Ref) -> Statement:
    """Alarms of this account may publish; roles may by their own policies. Encrypted topics refuse plain HTTP.

    https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
    """
    return Statement(
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
    )


def only_roles_publish(topic: Ref) -> Statement:
    """Allow no one, so that only the policies of roles decide. This replaces SNS's default policy.

    https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
    """
    return Statement(
        Sid="RefusePlainHttp",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[sns.Publish],
        Resource=[topic],
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )


def add_topic(
    template: Template,
    key: Key,
    audience: Audience = APPROVERS,
    statement: Callable[[Ref], Statement] = alarms_publish,
    *,
    required: bool = False,
) -> Topic:
    """An encrypted topic with a subscription by e-mail, optional unless `required`. Its policy is the `statement`."""
    address = r"[^@\s,;<>]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
    description = f"Notified of {audience.news}. It must confirm the subscription."
    if required:
        constraints = {"AllowedPattern": f"^{address}$", "ConstraintDescription": "Enter one e-mail address."}
    else:
        description += " Empty: subscribe later."
        constraints = {
            "Default": "",
            "AllowedPattern": f"^({address})?$",
            "ConstraintDescription": "Enter one e-mail address, or leave it empty.",
        }
    email = add_parameter(
        template,
        "NotificationEmail",
        group=audience.group,
        label=audience.label,
        description=description,
        **constraints,
    )
    topic = _add_topic(template, key)
    template.add_resource(
        SubscriptionResource(
            "EmailSubscription",
            TopicArn=topic,
            # CloudFormation does not wait for the confirmation. SNS sends nothing before it.
            # https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
            Protocol="email",
            Endpoint=email,
            **under("" if required else add_condition(template, "HasNotificationEmail", is_given(email))),
        )
    )
    _add_policy(template, topic, [statement], audience.news)
    return Topic(topic, key)


def add_unread_topic(
    template: Template, key: Key, news: str, statements: Sequence[Callable[[Ref], Statement]]
) -> Topic:
    """An encrypted topic without subscriptions: another service subscribes."""
    topic = _add_topic(template, key)
    _add_policy(template, topic, statements, news)
    return Topic(topic, key)


def _add_topic(template: Template, key: Key) -> Ref:
    # AWS's own key, alias/aws/sns, would silence alarms: nobody can add CloudWatch to its policy.
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    topic = SnsTopic("NotificationTopic", KmsMasterKeyId=key.arn)
    template.add_resource(topic)
    return Ref(topic)


def _add_policy(template: Template, topic: Ref, statements: Sequence[Callable[[Ref], Statement]], news: str) -> None:
    template.add_resource(
        TopicPolicy(
            "NotificationTopicPolicy",
            Topics=[topic],
            PolicyDocument=PolicyDocument(Version="2012-10-17", Statement=[each(topic) for each in statements]),
        )
    )
    add_output(template, "NotificationTopicArn", topic, f"Topic for {news}")
