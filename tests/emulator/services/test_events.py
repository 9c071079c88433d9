"""Rules of EventBridge: the emulator refuses the same ones when a rule is created."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An emulated AWS with nothing in it."""
    with emulator() as made:
        yield made


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ({"detail": {"image-tag": [{"prefx": "v"}]}}, "Unrecognized match type prefx"),
        ({"detail": {"image-tag": [{"wildcard": "v**"}]}}, "Consecutive wildcard characters"),
        ({"detail": {"image-tag": [{"wildcard": "*----------"}]}}, "Rule is too complex"),
        ({"source": ["x" * 2048]}, "at most 2048 are allowed"),
    ],
)
def test_a_rule_with_a_pattern_that_eventbridge_refuses(aws: Emulator, pattern: dict[str, Any], reason: str) -> None:
    """The rule is not created, and the error is that of EventBridge."""
    events = aws.client("events")
    with pytest.raises(ClientError, match=f"Event pattern is not valid. Reason: .*{reason}") as caught:
        events.put_rule(Name="pushes", EventPattern=json.dumps(pattern))
    assert "InvalidEventPatternException" == caught.value.response["Error"]["Code"]
    assert [] == events.list_rules()["Rules"]


TARGET = {"Id": "start", "Arn": "arn:aws:sqs:eu-central-1:111122223333:q"}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Input": "no JSON"}, "Input for target start is not a valid JSON text."),
        (
            {"InputTransformer": {"InputPathsMap": {"tag": "$.detail.tag"}, "InputTemplate": '"<tga>"'}},
            "InputTemplate for target start contains invalid placeholder tga.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"tag": "detail.tag"}, "InputTemplate": '"<tag>"'}},
            "InputTemplate for target start contains the path detail.tag",
        ),
    ],
)
def test_a_target_that_eventbridge_refuses(aws: Emulator, target: dict[str, Any], reason: str) -> None:
    """The input of a target is checked by PutTargets, which then puts none."""
    events = aws.client("events")
    events.put_rule(Name="pushes", EventPattern='{"source": ["aws.ecr"]}')
    with pytest.raises(ClientError, match=re.escape(reason)) as caught:
        events.put_targets(Rule="pushes", Targets=[{**TARGET, **target}])
    assert "ValidationException" == caught.value.response["Error"]["Code"]
    assert [] == events.list_targets_by_rule(Rule="pushes")["Targets"]
    predefined = {"InputTemplate": '{"rule": <aws.events.rule-arn>, "all": <aws.events.event.json>}'}
    assert (
        0 == events.put_targets(Rule="pushes", Targets=[{**TARGET, "InputTransformer": predefined}])["FailedEntryCount"]
    )


def test_a_rule_has_at_most_five_targets(aws: Emulator) -> None:
    """A sixth target is refused, an existing one can be put again."""
    events = aws.client("events")
    events.put_rule(Name="pushes", EventPattern='{"source": ["aws.ecr"]}')
    targets = [{**TARGET, "Id": str(number)} for number in range(6)]
    events.put_targets(Rule="pushes", Targets=targets[:5])
    events.put_targets(Rule="pushes", Targets=targets[4:5])
    with pytest.raises(ClientError, match="LimitExceededException"):
        events.put_targets(Rule="pushes", Targets=targets[5:])


def test_a_rule_keeps_its_settings(aws: Emulator) -> None:
    """A rule with a pattern or a schedule is described as it was put, and its targets stay when it is put again."""
    events = aws.client("events")
    given = {
        "Name": "pushes",
        "EventPattern": '{"source": ["aws.ecr"]}',
        "Description": "of images",
        "State": "DISABLED",
    }
    arn = events.put_rule(**given, Tags=[{"Key": "team", "Value": "a"}])["RuleArn"]
    events.put_targets(Rule="pushes", Targets=[{"Id": "a", "Arn": "arn:aws:sqs:eu-central-1:111122223333:q"}])
    events.put_rule(**{**given, "State": "ENABLED"})
    described = events.describe_rule(Name="pushes")
    assert {**given, "State": "ENABLED", "Arn": arn}.items() <= described.items()
    assert ["a"] == [target["Id"] for target in events.list_targets_by_rule(Rule="pushes")["Targets"]]
    assert [{"Key": "team", "Value": "a"}] == events.list_tags_for_resource(ResourceARN=arn)["Tags"]
    events.put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    assert "rate(1 day)" == events.describe_rule(Name="daily")["ScheduleExpression"]
