"""The topic."""

from __future__ import annotations

import re
from typing import Any

from troposphere import encode_to_dict

from generator.components.encryption import Key
from generator.components.topic import Audience, Topic, add_topic, only_roles_publish
from generator.model.template import new_template
from generator.publishing import render

KEY = Key("arn:key")


def _rendered(**options: Any) -> tuple[Topic, dict[str, Any]]:
    template = new_template("Test")
    topic = add_topic(template, KEY, **options)
    return topic, render.to_dict(template)


TOPIC, RENDERED = _rendered()


def _policy(rendered: dict[str, Any]) -> dict[str, Any]:
    (statement,) = rendered["Resources"]["NotificationTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return dict(statement)


def test_messages_are_encrypted_with_the_key_of_the_handle() -> None:
    """A publisher needs the topic and its key; the handle has both."""
    assert {"Ref": "NotificationTopic"} == encode_to_dict(TOPIC.publish("Test.").statement())["Resource"]
    assert KEY == TOPIC.key
    assert "arn:key" == RENDERED["Resources"]["NotificationTopic"]["Properties"]["KmsMasterKeyId"]


def test_an_address_is_subscribed_only_if_it_is_given() -> None:
    """Without an address there is no subscription."""
    assert "" == RENDERED["Parameters"]["NotificationEmail"]["Default"]
    subscription = RENDERED["Resources"]["EmailSubscription"]
    assert "HasNotificationEmail" == subscription["Condition"]
    assert {
        "TopicArn": {"Ref": "NotificationTopic"},
        "Protocol": "email",
        "Endpoint": {"Ref": "NotificationEmail"},
    } == subscription["Properties"]
    assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "NotificationEmail"}, ""]}]} == RENDERED["Conditions"][
        "HasNotificationEmail"
    ]


def test_an_address_can_be_required() -> None:
    """Then there is no default and no condition, and nothing is no address."""
    _, rendered = _rendered(required=True)
    parameter = rendered["Parameters"]["NotificationEmail"]
    assert "Default" not in parameter
    assert not re.fullmatch(parameter["AllowedPattern"], "")
    assert "Condition" not in rendered["Resources"]["EmailSubscription"]
    assert "Conditions" not in rendered


def test_one_address_is_taken() -> None:
    """Lists, spaces and parts of an address are refused, whether it is required or not."""
    for options in ({}, {"required": True}):
        pattern = _rendered(**options)[1]["Parameters"]["NotificationEmail"]["AllowedPattern"]
        assert re.fullmatch(pattern, "team@example.com")
        refused = ("team", "team@example", "a@b.c d@e.f", "a@b@c.d", "@b.c", "a@b.c\n")
        assert [] == [value for value in refused if re.fullmatch(pattern, value)]


def test_the_form_names_readers_and_messages() -> None:
    """Group, label and description of the address are those of the audience."""
    audience = Audience("Scanning", "E-mail for findings", "findings")
    _, rendered = _rendered(audience=audience, statement=only_roles_publish)
    assert (
        "Notified of findings. It must confirm the subscription. Empty: subscribe later."
        == rendered["Parameters"]["NotificationEmail"]["Description"]
    )
    assert "Topic for findings" == rendered["Outputs"]["NotificationTopicArn"]["Description"]


def test_a_topic_without_alarms_allows_no_one() -> None:
    """Its policy refuses plain HTTP and allows nothing."""
    refuse = _policy(_rendered(statement=only_roles_publish)[1])
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (refuse["Effect"], refuse["Condition"])


def test_alarms_of_this_account_publish() -> None:
    """The topic's own policy allows alarms of this account, and no one else."""
    allow = _policy(RENDERED)
    assert ("Allow", {"Service": "cloudwatch.amazonaws.com"}) == (allow["Effect"], allow["Principal"])
    assert {"aws:SourceAccount": {"Ref": "AWS::AccountId"}} == allow["Condition"]["StringEquals"]
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    assert {"aws:SourceArn": {"Fn::Sub": alarms}} == allow["Condition"]["ArnLike"]
