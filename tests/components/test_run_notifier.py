"""The rules that call the notifier, and its permissions."""

from __future__ import annotations

from typing import Any

import pytest

from generator.components.run_notifier import add_run_notifier
from generator.eventbridge.patterns import why_not
from generator.model.owner import Owner
from generator.model.parameters import add_parameter
from generator.publishing import render
from tests.ground import Ground
from tests.resolved import resolved

EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "started": ("Stage", {"stage": "Source", "state": "SUCCEEDED"}),
    "approval": (
        "Action",
        {"stage": "Approval", "action": "Approve", "state": "STARTED", "type": {"category": "Approval"}},
    ),
    "succeeded": ("Pipeline", {"state": "SUCCEEDED"}),
    "failed": ("Pipeline", {"state": "FAILED"}),
    "canceled": ("Pipeline", {"state": "CANCELED"}),
    "another stage": ("Stage", {"stage": "Inspect", "state": "SUCCEEDED"}),
    "another action": ("Action", {"action": "Inspect", "state": "STARTED", "type": {"category": "Build"}}),
    "approved": ("Action", {"action": "Approve", "state": "SUCCEEDED", "type": {"category": "Approval"}}),
    "replaced": ("Pipeline", {"state": "SUPERSEDED"}),
    "begun": ("Pipeline", {"state": "STARTED"}),
}


def _reported(template: dict[str, Any], notices: str, pipeline: str = "orders") -> set[str]:
    """The events of a pipeline that some rule is about."""
    made = resolved(template, PipelineName="orders", Notices=notices, RepositoryName="team/orders")
    patterns = [part["EventPattern"] for part in made.values() if "EventPattern" in part]
    return {
        name
        for name, (kind, detail) in EVENTS.items()
        for pattern in patterns
        if not why_not(
            pattern,
            {
                "source": "aws.codepipeline",
                "detail-type": f"CodePipeline {kind} Execution State Change",
                "detail": {"pipeline": pipeline, **detail},
            },
        )
    }


@pytest.fixture
def template(ground: Ground) -> dict[str, Any]:
    """The notifier of a pipeline."""
    name = add_parameter(ground.template, "PipelineName", group="Pipeline", label="Pipeline", description="Name.")
    add_run_notifier(ground.template, name, ground.topic, Owner("notices"))
    return render.to_dict(ground.template)


def test_the_choice_decides_which_runs_are_reported(template: dict[str, Any]) -> None:
    """Of this pipeline only."""
    assert {"failed", "canceled"} == _reported(template, "failures")
    assert {"started", "approval", "succeeded", "failed", "canceled"} == _reported(template, "all")
    assert set() == _reported(template, "all", "billing")


def test_it_reads_runs_of_its_pipeline_and_publishes(ground: Ground, template: dict[str, Any]) -> None:
    """And nothing else, apart from its log."""
    assert template
    statements = ground.statements("NotifierRole")
    assert {"ReadRun", "Publish", "UseTopicKey", "WriteLog", "UseLogKey"} == statements.keys()
    assert statements["ReadRun"]["Resource"]["Fn::Sub"].endswith(":${PipelineName}")
