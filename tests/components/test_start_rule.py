"""The rule that starts a pipeline."""

from __future__ import annotations

from typing import Any

from troposphere.events import InputTransformer

from generator.components.notices import add_rules_role
from generator.components.pipeline import add_pipeline
from generator.components.start_rule import add_start_rule, may_start
from tests.ground import Ground

PATTERN = {"source": ["aws.test"]}


def _add(ground: Ground) -> dict[str, Any]:
    running = add_pipeline(ground.template, ground.store, [])
    role = add_rules_role(ground.template, ground.topic, may_start(running))
    transformer = InputTransformer(InputPathsMap={"a": "$.a"}, InputTemplate='{"a": <a>}')
    add_start_rule(ground.template, running, ground.topic, role, event_pattern=PATTERN, transformer=transformer)
    return ground.properties("Trigger")


def test_the_rule_starts_this_pipeline(ground: Ground) -> None:
    """By its role, which may start this pipeline and no other."""
    rule = _add(ground)
    assert PATTERN == rule["EventPattern"]
    (target,) = rule["Targets"]
    start = ground.properties("EventsRole")["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert ("codepipeline:StartPipelineExecution", target["Arn"]) == (start["Action"], start["Resource"])


def test_what_is_not_delivered_is_kept_and_told(ground: Ground) -> None:
    """It is tried for an hour, lies in an encrypted queue for 14 days, and an alarm tells of each."""
    (target,) = _add(ground)["Targets"]
    assert {"Fn::GetAtt": ["LostPushes", "Arn"]} == target["DeadLetterConfig"]["Arn"]
    assert 14 * 24 * 3600 == ground.properties("LostPushes")["MessageRetentionPeriod"]
    assert [{"Ref": "NotificationTopic"}] == ground.properties("LostPushAlarm")["AlarmActions"]


def test_only_the_rule_writes_into_the_queue(ground: Ground) -> None:
    """EventBridge, for this rule."""
    _add(ground)
    (statement,) = ground.properties("LostPushesPolicy")["PolicyDocument"]["Statement"]
    assert {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Trigger", "Arn"]}}} == statement["Condition"]
