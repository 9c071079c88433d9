"""Delivery of events to the targets of matching rules, with the role of the target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator.emulator.aws import emulator
from generator.emulator.events.delivery import Delivery, deliver
from generator.emulator.front.cloud import Emulator

ROLE = "arn:aws:iam::111122223333:role/events"
EVENT = {"source": "aws.ecr", "detail": {"image-tag": "v1"}}


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An emulated AWS with a topic and a queue."""
    with emulator() as cloud:
        cloud.inside("sns").create_topic(Name="told")
        cloud.inside("sqs").create_queue(QueueName="lost")
        yield cloud


def arn(cloud: Emulator, service: str, name: str) -> str:
    """The ARN of something in the account."""
    return f"arn:aws:{service}:{cloud.region}:{cloud.account}:{name}"


def rule(cloud: Emulator, name: str, pattern: Any, *, state: str = "ENABLED", **target: Any) -> None:
    """A rule with one target."""
    events = cloud.inside("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), State=state)
    events.put_targets(Rule=name, Targets=[{"Id": "One", "RoleArn": ROLE, **target}])


def by_rule(deliveries: list[Delivery]) -> dict[str, Delivery]:
    """Of each rule its only delivery."""
    assert len({each.rule for each in deliveries}) == len(deliveries)
    return {each.rule: each for each in deliveries}


def test_an_event_is_delivered_to_the_targets_of_its_rules(aws: Emulator) -> None:
    """A matching rule passes on the event, whole or transformed, with its role; one that is off does nothing."""
    topic = {"Arn": arn(aws, "sns", "told")}
    rule(aws, "whole", {"source": ["aws.ecr"]}, **topic)
    transformer = {"InputPathsMap": {"tag": "$.detail.image-tag"}, "InputTemplate": '"Pushed <tag>"'}
    rule(aws, "transformed", {"source": ["aws.ecr"]}, **topic, InputTransformer=transformer)
    rule(aws, "off", {"source": ["aws.ecr"]}, state="DISABLED", **topic)
    rule(aws, "other", {"source": ["aws.s3"]}, **topic)
    found = by_rule(deliver(aws, EVENT))
    assert {"whole", "transformed", "other"} == found.keys()
    assert EVENT == json.loads(found["whole"].text)
    assert '"Pushed v1"' == found["transformed"].text
    assert ("", 'source: given "aws.ecr", the pattern takes "aws.s3"') == (found["other"].target, found["other"].why)
    assert [ROLE, ROLE] == [call.role for call in aws.calls if call.operation == "Publish"]


def test_an_event_that_cannot_be_delivered_is_in_the_queue(aws: Emulator) -> None:
    """With the rule and the target that it was for."""
    pipeline = arn(aws, "codepipeline", "gone")
    queue = {"Arn": arn(aws, "sqs", "lost")}
    given = '{"clientRequestToken": "a-token"}'
    rule(aws, "starts", {"source": ["aws.ecr"]}, Arn=pipeline, Input=given, DeadLetterConfig=queue)
    [delivery] = deliver(aws, EVENT)
    assert "does not have a pipeline with name 'gone'" in delivery.why
    sqs = aws.inside("sqs")
    url = sqs.get_queue_url(QueueName="lost")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert given == message["Body"]
    assert pipeline == message["MessageAttributes"]["TARGET_ARN"]["StringValue"]


# The path has nothing in the event, so that the text is no JSON.
GONE = {"InputPathsMap": {"gone": "$.detail.gone"}, "InputTemplate": '{"clientRequestToken": <gone>}'}


@pytest.mark.parametrize(
    "target", [{"Input": '"not an object"'}, {"InputTransformer": GONE}, {"Input": '{"sourceRevisions": "wrong"}'}]
)
def test_an_invalid_start_is_not_delivered(aws: Emulator, target: dict[str, Any]) -> None:
    """The delivery has the parameters that StartPipelineExecution does not accept."""
    rule(aws, "starts", {"source": ["aws.ecr"]}, Arn=arn(aws, "codepipeline", "orders"), **target)
    [delivery] = deliver(aws, EVENT)
    assert delivery.why
    assert not delivery.result


def test_a_target_that_is_not_called_here_is_an_error(aws: Emulator) -> None:
    """Nothing passes for delivered that was not."""
    rule(aws, "queue", {"source": ["aws.ecr"]}, Arn=arn(aws, "sqs", "lost"))
    with pytest.raises(NotImplementedError, match="targets of sqs"):
        deliver(aws, EVENT)
