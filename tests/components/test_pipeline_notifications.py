"""The notification rule of a pipeline, and the statements that it needs in the policies of topic and key."""

from __future__ import annotations

from typing import Any

import pytest

from generator.blueprints.chat_notices import notices_chat
from generator.emulator.services.codestar_notifications import _OF_PIPELINES as KNOWN
from generator.publishing import render
from tests.resolved import resolved

TEMPLATE = render.to_dict(notices_chat())
SLACK = {"SlackWorkspaceId": "T0123ABCDEF", "SlackChannelId": "C0123ABCDEF"}


def _made(notices: str) -> dict[str, Any]:
    return resolved(TEMPLATE, PipelineName="orders", Notices=notices, **SLACK)


@pytest.mark.parametrize(
    ("notices", "events"),
    [
        ("failures", ["action-execution-failed"]),
        (
            "all",
            [
                "action-execution-failed",
                "manual-approval-succeeded",
                "manual-approval-failed",
                "pipeline-execution-superseded",
            ],
        ),
    ],
)
def test_the_choice_decides_which_runs_are_reported(notices: str, events: list[str]) -> None:
    """Events that the notifier does not report, by ids that exist."""
    rule = _made(notices)["PipelineNotifications"]
    assert [f"codepipeline-pipeline-{each}" for each in events] == rule["EventTypeIds"]
    assert all(KNOWN.fullmatch(each) for each in rule["EventTypeIds"])


def test_the_rule_is_about_the_pipeline_and_publishes_to_the_topic() -> None:
    """With the messages of errors. Its name is unique in the account and region, and short."""
    rule = _made("all")["PipelineNotifications"]
    assert rule["Resource"].endswith(":orders")
    assert [{"TargetType": "SNS", "TargetAddress": "NotificationTopic"}] == rule["Targets"]
    assert ("FULL", "orders-0a1b2c3d") == (rule["DetailType"], rule["Name"])
    assert len(rule["Name"].replace("orders", "a" * 20)) <= 64


def test_topic_and_key_let_the_service_in_for_this_account() -> None:
    """The topic by the account; the key through SNS alone."""
    made = _made("all")
    allowed, refused = made["NotificationTopicPolicy"]["PolicyDocument"]["Statement"]
    assert ("RefusePlainHttp", "Deny") == (refused["Sid"], refused["Effect"])
    assert {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}} == allowed["Condition"]
    [use] = [each for each in made["Key"]["KeyPolicy"]["Statement"] if each["Sid"] == "Notifications"]
    assert {"kms:ViaService": "sns.AWS::Region.amazonaws.com"} == use["Condition"]["StringEquals"]
    assert ["kms:Decrypt", "kms:GenerateDataKey"] == use["Action"]
