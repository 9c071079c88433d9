"""Messages about the runs of a pipeline in a chat: a separate stack."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.chat_channel import add_chat_channel, add_chat_form
from generator.components.encryption import add_chosen_key, for_logs
from generator.components.named_pipeline import add_pipeline_of
from generator.components.pipeline_notifications import (
    add_pipeline_notifications,
    for_notifications,
    notifications_publish,
)
from generator.components.run_notifier import add_run_notifier
from generator.components.topic import add_unread_topic, only_roles_publish
from generator.model.owner import Owner
from generator.model.template import new_template

OWNER = Owner("notices-chat")


def notices_chat() -> Template:
    """A channel of Slack or Microsoft Teams, its topic and key, and the messages about the runs of one pipeline.

    It has a key of its own, because that of a platform does not admit notification rules.
    """
    template = new_template("Notices of an image pipeline in a channel of Slack or Microsoft Teams")
    name = add_pipeline_of(template, "Name of the pipeline.")
    form = add_chat_form(template)
    services = (for_logs(OWNER.log_groups), for_notifications())
    key = add_chosen_key(template, OWNER, services, encrypts="messages and logs")
    publishers = (notifications_publish, only_roles_publish)
    topic = add_unread_topic(template, key, "messages that the channel shows", publishers)
    add_run_notifier(template, name, topic, OWNER, readers="chat")
    add_pipeline_notifications(template, name, topic)
    add_chat_channel(template, form, name, topic)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"notices-chat": notices_chat}
