"""Sentences about an event that starts no run."""

from __future__ import annotations

from typing import Any

import pytest

from generator.cloudformation.offline_stack import OfflineStack
from generator.emulator.events import service_events
from generator.emulator.trial.unstarted import explanations
from generator.eventbridge.patterns import BusEvent, why_not
from tests.conftest import RENDERED

PLACE = {"account": "111122223333", "region": "eu-central-1"}
PARAMETERS = {
    "Name": "orders",
    "RepositoryName": "team/orders",
    "ImageTagPattern": "v*",
    "ReplicatingAccountIds": "222233334444,333344445555",
}
IMAGE = {"repository": "team/orders", "digest": f"sha256:{'0' * 64}", "tag": "v1"}


def pushed(action: str = "PUSH", **more: str) -> BusEvent:
    """An event of ECR in the account."""
    return service_events.image_action(action, **{**PLACE, **IMAGE, **more})


def replicated(**more: str) -> BusEvent:
    """An event of ECR about a replica."""
    source = {"source_account": "222233334444", "source_region": "eu-west-1"}
    return service_events.image_replicated(**{**PLACE, **IMAGE, **source, **more})


def said(event: BusEvent) -> list[str]:
    """The sentences about the event, for the trigger of a published template."""
    stack = OfflineStack(template=RENDERED["pipeline-release"], name="orders", parameters=PARAMETERS)
    rules: dict[str, dict[str, Any]] = dict(stack.resources("AWS::Events::Rule"))
    return list(explanations(event, why_not(rules["Trigger"]["EventPattern"], event), PARAMETERS))


@pytest.mark.parametrize(
    ("event", "sentences"),
    [
        (pushed(), []),
        (replicated(), []),
        (pushed("DELETE"), ["A deletion starts no run."]),
        (pushed(result="FAILURE"), ["A push that failed starts no run."]),
        (pushed(tag="latest"), ["The tag latest does not match ImageTagPattern (v*)."]),
        (pushed(tag=""), ["An image without a tag starts no run."]),
        (pushed(repository="team/other"), ["The repository team/other is not RepositoryName (team/orders)."]),
        (
            pushed(repository="team/other", tag="latest"),
            [
                "The repository team/other is not RepositoryName (team/orders).",
                "The tag latest does not match ImageTagPattern (v*).",
            ],
        ),
        (replicated(result="FAILED"), ["A replication that failed starts no run."]),
        (replicated(tag="latest"), ["The tag latest does not match ImageTagPattern (v*)."]),
        (
            replicated(source_account="999988887777"),
            ["Account 999988887777 is not in ReplicatingAccountIds (222233334444,333344445555)."],
        ),
    ],
)
def test_each_field_has_a_sentence(event: BusEvent, sentences: list[str]) -> None:
    """Of the trigger of a published template; nothing of an event that it lets through."""
    assert sentences == said(event)
