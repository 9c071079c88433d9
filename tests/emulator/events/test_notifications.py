"""Notification rules: the events that they match, and the messages in their topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator.emulator.aws import emulator
from generator.emulator.events import service_events
from generator.emulator.events.notifications import event_types, notify
from generator.emulator.front.chat_records import NotificationRules
from generator.emulator.front.cloud import Emulator
from generator.eventbridge.patterns import BusEvent

PLACE = {"account": "111122223333", "region": "eu-central-1"}
RULE = "arn:aws:codestar-notifications:eu-central-1:111122223333:notificationrule/1"
FAILED = "codepipeline-pipeline-action-execution-failed"


def _action(state: str, category: str = "Build", error: str = "") -> BusEvent:
    place = {"pipeline": "orders", "stage": "Inspect", "action": "Inspect", "state": state}
    more = {"execution-result": {"external-execution-summary": error}} if error else {}
    return service_events.part_state("Action", {**place, "type": {"category": category}, **more}, **PLACE)


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An account with a rule for failed actions of orders, and its topic."""
    with emulator() as cloud:
        topic = cloud.client("sns").create_topic(Name="orders")["TopicArn"]
        cloud.memory(NotificationRules).by_arn[RULE] = {
            "Status": "ENABLED",
            "Resource": "arn:aws:codepipeline:eu-central-1:111122223333:orders",
            "EventTypeIds": [FAILED],
            "DetailType": "FULL",
            "Targets": [{"TargetType": "SNS", "TargetAddress": topic}],
        }
        yield cloud


@pytest.mark.parametrize(
    ("event", "types"),
    [
        (_action("FAILED"), {FAILED}),
        (
            _action("SUCCEEDED", "Approval"),
            {
                "codepipeline-pipeline-action-execution-succeeded",
                "codepipeline-pipeline-manual-approval-succeeded",
            },
        ),
        (
            _action("STARTED", "Approval"),
            {"codepipeline-pipeline-action-execution-started", "codepipeline-pipeline-manual-approval-needed"},
        ),
        (
            service_events.execution_state("SUPERSEDED", pipeline="orders", execution="1", **PLACE),
            {"codepipeline-pipeline-pipeline-execution-superseded"},
        ),
        (service_events.image_action("PUSH", repository="a", digest="sha256:1", tag="v1", **PLACE), set()),
    ],
)
def test_the_ids_of_events(event: Any, types: set[str]) -> None:
    """As the developer tools list them; an approval has two."""
    assert types == set(event_types(event))


def test_a_topic_gets_the_event_in_a_form_of_its_own(aws: Emulator) -> None:
    """With the message of the error, if the rule asks for the full detail."""
    event = _action("FAILED", error="too many findings")
    [sent] = notify(aws, event)
    message = json.loads(sent.message)
    assert (RULE, "", "CodePipeline Action Execution State Change") == (sent.rule, sent.why, message["detailType"])
    assert [{"action": "Inspect", "additionalInformation": "too many findings"}] == (
        message["additionalAttributes"]["failedActions"]
    )
    aws.memory(NotificationRules).by_arn[RULE]["DetailType"] = "BASIC"
    [basic] = notify(aws, event)
    assert "too many findings" not in basic.message


def test_other_events_reach_no_one(aws: Emulator) -> None:
    """Of another pipeline, of another kind, and all of them while the rule is disabled."""
    assert [] == notify(aws, {**_action("FAILED"), "resources": ["arn:aws:codepipeline:eu-central-1:111122223333:a"]})
    assert [] == notify(aws, _action("SUCCEEDED"))
    aws.memory(NotificationRules).by_arn[RULE]["Status"] = "DISABLED"
    assert [] == notify(aws, _action("FAILED"))


def test_policies_decide(aws: Emulator) -> None:
    """The service asks as itself, for its account; refused, nothing is published."""
    asked: list[Any] = []

    def permits(request: Any) -> str:
        asked.append(request)
        return "no"

    [sent] = notify(aws, _action("FAILED"), permits=permits)
    assert "no" in sent.why
    assert ("codestar-notifications.amazonaws.com", {"aws:SourceAccount": "111122223333"}) == (
        asked[0].principal,
        asked[0].context,
    )
