"""Messages about the runs of a pipeline, for mail and chat: a separate stack."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.named_pipeline import add_pipeline_of
from generator.components.platform import import_platform
from generator.components.run_notifier import add_run_notifier
from generator.components.topic import Audience, add_topic, only_roles_publish
from generator.model.owner import Owner
from generator.model.template import new_template

READERS = Audience("Notices", "E-mail for messages", "status changes of runs")


def notices() -> Template:
    """A topic with messages about the runs of one pipeline, which a chat channel can be subscribed to as well."""
    template = new_template("Notices of an image pipeline: what happens in its runs, as mail and for chat")
    name = add_pipeline_of(template, "Name of the pipeline.")
    platform = import_platform(template)
    topic = add_topic(template, platform.key, READERS, only_roles_publish)
    add_run_notifier(template, name, topic, Owner("notices"))
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"notices": notices}
