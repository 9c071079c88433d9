"""Breakers of the promises in tests/promises/chat.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import chat
from tests.rendered import Rendered

OF = "notices-chat"


@breaks(chat.channels_do_what_is_allowed_and_no_more, of=OF)
def no_guardrail(template: Rendered) -> None:
    del properties_of(template, "SlackChannel")["GuardrailPolicies"]


@breaks(chat.channels_do_what_is_allowed_and_no_more, of=OF)
def members_read_without_being_asked(template: Rendered) -> None:
    template["Conditions"]["MembersRead"] = {"Fn::Equals": ["yes", "yes"]}


@breaks(chat.channels_do_what_is_allowed_and_no_more, of=OF)
def members_approve(template: Rendered) -> None:
    policy = properties_of(template, "ChannelPolicy")["PolicyDocument"]
    policy["Statement"].append({"Effect": "Allow", "Action": "codepipeline:PutApprovalResult", "Resource": "*"})


@breaks(chat.channels_do_what_is_allowed_and_no_more, of=OF)
def members_read_every_pipeline(template: Rendered) -> None:
    [statement] = properties_of(template, "ChannelPolicy")["PolicyDocument"]["Statement"]
    statement["Resource"] = "*"


@breaks(chat.channels_get_only_what_they_show, of=OF)
def events_reach_the_topic_as_they_are(template: Rendered) -> None:
    properties_of(template, "RunNotice")["Targets"].append({"Id": "Topic", "Arn": {"Ref": "NotificationTopic"}})


@breaks(chat.channels_get_only_what_they_show, of=OF)
def text_reaches_the_topic(template: Rendered) -> None:
    properties_of(template, "Notifier")["Environment"]["Variables"]["READERS"] = "mail and chat"


@breaks(chat.channels_get_only_what_they_show, of=OF)
def the_channel_has_another_topic(template: Rendered) -> None:
    properties_of(template, "TeamsChannel")["SnsTopicArns"] = []


@breaks(chat.one_product_is_configured, of=OF)
def both_products(template: Rendered) -> None:
    template["Conditions"]["UsesTeams"] = template["Conditions"]["UsesSlack"]
