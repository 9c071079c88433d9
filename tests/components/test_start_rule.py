"""The rule that starts a pipeline."""

from __future__ import annotations

from typing import Any

import pytest
from troposphere import GetAtt, Ref, Sub, Template, encode_to_dict
from troposphere.events import InputTransformer

from generator.components.encryption import Key
from generator.components.lost_pushes import DeadLetters
from generator.components.pipeline import Pipeline
from generator.components.start_rule import add_start_rule, may_start
from generator.components.topic import Topic
from generator.model.grants import ServiceRole
from generator.model.template import new_template
from generator.publishing import render

PIPELINE = Pipeline(Ref("Pipeline"), Sub("arn:${Pipeline}"))
PATTERN = {"source": ["aws.test"]}


@pytest.fixture
def template() -> Template:
    """A template with the rule and its alarm."""
    template = new_template("Test")
    add_start_rule(
        template,
        PIPELINE,
        Topic(Ref("Topic"), Key("arn:key")),
        ServiceRole(GetAtt("Role", "Arn")),
        DeadLetters("arn:queue"),
        event_pattern=PATTERN,
        transformer=InputTransformer(InputPathsMap={"a": "$.a"}, InputTemplate='{"a": <a>}'),
    )
    return template


def _properties(template: Template, name: str) -> dict[str, Any]:
    return dict(render.to_dict(template)["Resources"][name]["Properties"])


def test_the_rule_starts_this_pipeline(template: Template) -> None:
    """The rule has the given pattern, input and role, and one target, which is the pipeline."""
    rule = _properties(template, "Trigger")
    assert PATTERN == rule["EventPattern"]
    (target,) = rule["Targets"]
    assert ({"Fn::Sub": "arn:${Pipeline}"}, {"Fn::GetAtt": ["Role", "Arn"]}) == (target["Arn"], target["RoleArn"])
    assert '{"a": <a>}' == target["InputTransformer"]["InputTemplate"]


def test_the_role_may_start_this_pipeline_only() -> None:
    """The grant is for the pipeline's ARN."""
    statement = encode_to_dict(may_start(PIPELINE).statement())
    assert ("codepipeline:StartPipelineExecution", {"Fn::Sub": "arn:${Pipeline}"}) == (
        statement["Action"],
        statement["Resource"],
    )


def test_an_event_that_cannot_be_delivered_goes_to_the_queue(template: Template) -> None:
    """EventBridge retries for an hour, then sends the event to the queue."""
    (target,) = _properties(template, "Trigger")["Targets"]
    assert {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 20} == target["RetryPolicy"]
    assert {"Arn": "arn:queue"} == target["DeadLetterConfig"]


def test_the_alarm_is_for_this_rule_alone(template: Template) -> None:
    """Other rules send to the same queue, so the alarm is on the rule's own metric, and notifies its own topic."""
    alarm = _properties(template, "LostPushAlarm")
    assert ("AWS/Events", "InvocationsSentToDlq") == (alarm["Namespace"], alarm["MetricName"])
    assert [{"Name": "RuleName", "Value": {"Ref": "Trigger"}}] == alarm["Dimensions"]
    assert [{"Ref": "Topic"}] == alarm["AlarmActions"]


def test_one_lost_event_is_enough(template: Template) -> None:
    """The metric has no data while nothing is lost: that is no alarm, and a single event is one."""
    alarm = _properties(template, "LostPushAlarm")
    assert ("Sum", "GreaterThanThreshold", 0, 1, "notBreaching") == (
        alarm["Statistic"],
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        alarm["EvaluationPeriods"],
        alarm["TreatMissingData"],
    )
