"""The topic."""

from __future__ import annotations

from generator import render
from generator.components.encryption import add_key
from generator.components.topic import Audience, add_topic, only_roles_publish
from generator.template import new_template
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


def test_the_form_says_who_reads_what() -> None:
    """Group, label and description of the address are those of the audience."""
    template = new_template("Test")
    key = add_key(template, services=())
    add_topic(template, key, Audience("Scanning", "E-mail for findings", "findings"), only_roles_publish)
    rendered = render.to_dict(template)
    assert (
        "Gets findings, once it has confirmed. Empty: nobody yet."
        == (rendered["Parameters"]["NotificationEmail"]["Description"])
    )
    assert "Findings: subscribe here" == rendered["Outputs"]["NotificationTopicArn"]["Description"]


def test_a_topic_without_alarms_lets_nobody_in() -> None:
    """Its policy refuses plain HTTP and allows nothing."""
    template = new_template("Test")
    add_topic(template, add_key(template, services=()), statement=only_roles_publish)
    (statement,) = render.to_dict(template)["Resources"]["NotificationTopicPolicy"]["Properties"]["PolicyDocument"][
        "Statement"
    ]
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (statement["Effect"], statement["Condition"])


def test_alarms_of_this_account_publish(ground: Ground) -> None:
    """The topic's own policy lets alarms of this account in, and nobody else."""
    (allow,) = ground.properties("NotificationTopicPolicy")["PolicyDocument"]["Statement"]
    assert {"Service": "cloudwatch.amazonaws.com"} == allow["Principal"]
    assert {"aws:SourceAccount": {"Ref": "AWS::AccountId"}} == allow["Condition"]["StringEquals"]
