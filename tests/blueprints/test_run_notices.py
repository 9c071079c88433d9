"""The template of notices, assembled."""

from __future__ import annotations

from generator.blueprints.run_notices import notices
from generator.publishing import render
from tests.resolved import resolved

NOTICES = render.to_dict(notices())


def test_only_the_pipeline_is_required() -> None:
    """Failures are reported, and subscriptions are added later."""
    required = [name for name, each in NOTICES["Parameters"].items() if "Default" not in each]
    assert ["PipelineName"] == required
    assert "failures" == NOTICES["Parameters"]["Notices"]["Default"]


def test_the_template_creates_these_resources() -> None:
    """A topic of its own: that of the pipeline has messages that a chat does not show."""
    common = {"NotificationTopic", "NotificationTopicPolicy", "Notifier", "NotifierRole", "NotifierLogs", "EventsRole"}
    assert common | {"RunNotice"} == resolved(NOTICES, PipelineName="orders", Notices="failures").keys()
    made = resolved(NOTICES, PipelineName="orders", Notices="all")
    assert common | {"RunNotice", "StartNotice", "ApprovalNotice"} == made.keys()
