"""The template of notices in a chat, assembled."""

from __future__ import annotations

from generator.blueprints.chat_notices import notices_chat
from generator.model.parameters import INTERFACE
from generator.publishing import render
from tests.resolved import resolved

NOTICES = render.to_dict(notices_chat())
SLACK = {"SlackWorkspaceId": "T0123ABCDEF", "SlackChannelId": "C0123ABCDEF"}


def test_the_template_creates_these_resources() -> None:
    """A key and a topic of its own, the notifier, the notification rule, and one channel with its role."""
    common = {"Key", "KeyAlias", "NotificationTopic", "NotificationTopicPolicy", "PipelineNotifications"}
    common |= {"Notifier", "NotifierRole", "NotifierLogs", "EventsRole", "RunNotice", "ChannelRole", "SlackChannel"}
    assert common == resolved(NOTICES, PipelineName="orders", Notices="failures", **SLACK).keys()
    made = resolved(NOTICES, PipelineName="orders", Notices="all", MembersMayRead="yes", **SLACK)
    assert common | {"StartNotice", "ApprovalNotice", "ChannelPolicy"} == made.keys()


def test_the_form_asks_for_pipeline_and_channel_first() -> None:
    """In the order in which a user knows the answers. Only the pipeline is required for every product."""
    groups = [each["Label"]["default"] for each in NOTICES["Metadata"][INTERFACE]["ParameterGroups"]]
    assert ["Pipeline", "Chat", "Slack", "Microsoft Teams"] == groups[:4]
    assert ["PipelineName"] == [name for name, each in NOTICES["Parameters"].items() if "Default" not in each]


def test_no_mail_is_sent() -> None:
    """The channel gets the messages that it shows, and there is no other subscription."""
    assert "AWS::SNS::Subscription" not in {each["Type"] for each in NOTICES["Resources"].values()}
    variables = resolved(NOTICES, PipelineName="orders", **SLACK)["Notifier"]["Environment"]["Variables"]
    assert "chat" == variables["READERS"]
