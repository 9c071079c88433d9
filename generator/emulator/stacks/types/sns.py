"""Amazon SNS."""

from __future__ import annotations

import json
from typing import Any

from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    refuse_existing,
    without,
)
from generator.emulator.stacks.shapes import request


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _create_topic(work: ResourceContext, properties: Properties) -> str:
    name = properties.get("TopicName") or work.name(256)
    attributes = {key: _text(value) for key, value in without(properties, "TopicName", "Tags", "Subscription").items()}
    client = work.client("sns")
    refuse_existing(work, name, lambda: client.get_topic_attributes(TopicArn=work.arn("sns", name)))
    arn = str(client.create_topic(Name=name, Attributes=attributes, Tags=properties.get("Tags", []))["TopicArn"])
    for subscription in properties.get("Subscription", []):
        request(client, "Subscribe", subscription, TopicArn=arn)
    return arn


def _update_topic(work: ResourceContext, arn: str, new: Properties, old: Properties) -> None:
    for name in sorted((new.keys() | old.keys()) - {"TopicName", "Tags", "Subscription"}):
        if new.get(name) != old.get(name):
            value = _text(new.get(name, ""))
            work.client("sns").set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)


def _subscribe(work: ResourceContext, properties: Properties) -> str:
    attributes = {
        name: _text(value) for name, value in without(properties, "TopicArn", "Protocol", "Endpoint", "Region").items()
    }
    subscribed = work.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return str(subscribed["SubscriptionArn"])


def _set_policy(work: ResourceContext, topics: list[str], policy: Any) -> None:
    for topic in topics:
        work.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
        )


def _create_policy(work: ResourceContext, properties: Properties) -> str:
    _set_policy(work, properties["Topics"], properties["PolicyDocument"])
    return work.name(256)


def _update_policy(work: ResourceContext, _id: str, new: Properties, old: Properties) -> None:
    for topic in old.get("Topics", []):
        if topic not in new["Topics"]:
            _set_policy(work, [topic], _owner_only(work, topic))
    _set_policy(work, new["Topics"], new["PolicyDocument"])


def _delete_policy(work: ResourceContext, _id: str, properties: Properties) -> None:
    for topic in properties["Topics"]:
        _set_policy(work, [topic], _owner_only(work, topic))


def _owner_only(work: ResourceContext, topic: str) -> dict[str, Any]:
    """The policy of a topic to which none was given.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    actions = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
    actions += " ListSubscriptionsByTopic Publish"
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in actions.split()],
                "Resource": topic,
                "Condition": {"StringEquals": {"AWS:SourceOwner": work.account}},
            }
        ],
    }


TYPES = {
    "AWS::SNS::Topic": ResourceHandler(
        create=_create_topic,
        update=_update_topic,
        delete=lambda work, arn, _: work.client("sns").delete_topic(TopicArn=arn),
        attributes=lambda _work, arn, _: {"TopicArn": arn, "TopicName": arn.rsplit(":", 1)[1]},
    ),
    "AWS::SNS::Subscription": ResourceHandler(
        create=_subscribe,
        delete=lambda work, arn, _: work.client("sns").unsubscribe(SubscriptionArn=arn),
        attributes=lambda _work, arn, _: {"Arn": arn},
    ),
    "AWS::SNS::TopicPolicy": ResourceHandler(create=_create_policy, update=_update_policy, delete=_delete_policy),
}
