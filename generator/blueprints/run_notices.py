"""Messages about the runs of a pipeline, for mail and chat: a stack beside that of the pipeline."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.platform import import_platform
from generator.components.run_notifier import add_run_notifier
from generator.components.topic import Audience, add_topic, only_roles_publish
from generator.model.export_names import LONGEST_NAME, NAME, NAME_HINT
from generator.model.owner import Owner
from generator.model.parameters import add_parameter
from generator.model.template import new_template

READERS = Audience("Notices", "E-mail for messages", "status changes of runs")


def notices() -> Template:
    """A topic with messages about the runs of one pipeline, which a chat channel can be subscribed to as well."""
    template = new_template("Notices of an image pipeline: what happens in its runs, as mail and for chat")
    name = add_parameter(
        template,
        "PipelineName",
        group="Pipeline",
        label="Pipeline",
        description="Name of the pipeline.",
        AllowedPattern=f"^{NAME}$",
        MaxLength=LONGEST_NAME,
        ConstraintDescription=NAME_HINT.format(example="orders"),
    )
    platform = import_platform(template)
    topic = add_topic(template, platform.key, READERS, only_roles_publish)
    add_run_notifier(template, name, topic, Owner("notices"))
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {"notices": notices}
