"""Messages in a chat channel: which ones it shows, and which ones it drops."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.emulator.events.chat import display

PLAIN: dict[str, Any] = {"version": "1.0", "source": "custom", "content": {"description": "Orders are late"}}
WHOLE: dict[str, Any] = {
    **PLAIN,
    "id": "1",
    "content": {
        "textType": "client-markdown",
        "title": ":x: orders",
        "description": "Orders are late",
        "nextSteps": ["Look", "Act"],
        "keywords": ["orders"],
    },
    "metadata": {"threadId": "1", "summary": "late", "additionalContext": {"a": "b"}, "enableCustomActions": False},
}


def test_custom_notifications_are_shown() -> None:
    """The least that the schema asks for, and all that it has."""
    assert ("Orders are late", "") == display(json.dumps(PLAIN))
    assert (":x: orders\nOrders are late\n• Look\n• Act", "") == display(json.dumps(WHOLE))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": "2.0"}, "version is not 1.0"),
        ({"content": {}}, "content has no description"),
        ({"content": {"description": "x" * 8001}}, "description is no text of at most 8000 characters"),
        ({"content": {"description": "x", "title": "x" * 251}}, "title is no text of at most 250 characters"),
        ({"content": {"description": "x", "nextSteps": ["x" * 351]}}, "nextSteps is no list of texts of at most 350"),
        ({"content": {"description": "x", "nextSteps": "x"}}, "nextSteps is no list"),
        ({"content": {"description": "x", "textType": "html"}}, "textType is not client-markdown"),
        ({"content": {"description": "x", "colour": "red"}}, "content has colour"),
        ({"content": "x"}, "content or metadata is not an object"),
        ({"metadata": {"threadId": 1}}, "threadId, summary or eventType is no text"),
        ({"more": 1}, "the message has more"),
    ],
)
def test_a_message_outside_the_schema_is_dropped(change: dict[str, Any], why: str) -> None:
    """With the first problem."""
    text, dropped = display(json.dumps({**PLAIN, **change}))
    assert "" == text
    assert dropped.startswith(f"Event received is not supported: {why}")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"AlarmName": "late", "NewStateValue": "ALARM"}, "CloudWatch alarm late: ALARM"),
        ({"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {}}, "GuardDuty Finding\n{}"),
        (
            {
                "notificationRuleArn": "arn:aws:codestar-notifications:eu-west-1:111122223333:notificationrule/1",
                "detailType": "CodePipeline Stage Execution State Change",
                "detail": {"pipeline": "orders", "stage": "Inspect", "state": "FAILED"},
            },
            "CodePipeline Stage Execution State Change: orders / Inspect FAILED",
        ),
    ],
)
def test_events_that_the_service_knows_are_shown(message: dict[str, Any], shown: str) -> None:
    """Alarms, events of services by EventBridge, and notifications of the developer tools."""
    assert (shown, "") == display(json.dumps(message))


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("Run 1 of pipeline orders: FAILED", "plain text"),
        ('["a"]', "not an object"),
        ('"a"', "not an object"),
        ("{}", "no source"),
        ('{"source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change"}', "aws.codep"),
        ('{"source": "team.orders", "detail-type": "Late"}', "team.orders"),
    ],
)
def test_all_else_is_dropped(message: str, why: str) -> None:
    """Text, JSON of one's own, and events of CodePipeline as EventBridge has them."""
    text, dropped = display(message)
    assert "" == text
    assert dropped.startswith(f"Event received is not supported: {why}")
