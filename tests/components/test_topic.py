"""The topic."""

from __future__ import annotations

from generator import render
from tests.ground import Ground


def test_publishing_takes_the_key_along(ground: Ground) -> None:
    """Who may publish may also encrypt: a topic that nobody can encrypt for stays silent."""
    assert ["Publish", "EncryptMessages"] == [grant.sid for grant in ground.topic.publish("Test.")]


def test_an_address_is_subscribed_only_when_it_is_given(ground: Ground) -> None:
    """Without an address there is no subscription."""
    rendered = render.to_dict(ground.template)
    assert "HasNotificationEmail" == rendered["Resources"]["EmailSubscription"]["Condition"]
    assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "NotificationEmail"}, ""]}]} == rendered["Conditions"][
        "HasNotificationEmail"
    ]


def test_alarms_of_this_account_publish(ground: Ground) -> None:
    """The topic's own policy lets alarms of this account in, and nobody else."""
    (allow,) = ground.properties("NotificationTopicPolicy")["PolicyDocument"]["Statement"]
    assert {"Service": "cloudwatch.amazonaws.com"} == allow["Principal"]
    assert {"aws:SourceAccount": {"Ref": "AWS::AccountId"}} == allow["Condition"]["StringEquals"]
