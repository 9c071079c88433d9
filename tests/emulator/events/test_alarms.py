"""Lost pushes: the queue that keeps them, the alarms that go off, and whether policies allow both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sns.models import sns_backends

from generator.emulator.aws import emulator
from generator.emulator.enforcement.policy_guard import PolicyGuard
from generator.emulator.events.delivery import Delivery, deliver
from generator.emulator.front.cloud import Emulator

EVENT = {"source": "aws.ecr", "detail": {"image-tag": "v1"}}
PLACE = "eu-central-1:111122223333"
QUEUE, TOPIC = f"arn:aws:sqs:{PLACE}:lost", f"arn:aws:sns:{PLACE}:mail"
ANY_RULE = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{PLACE}:rule/*"}}
SENT = {"Namespace": "AWS/Events", "MetricName": "InvocationsSentToDlq"}
FAILED_TO_SEND = {"Namespace": "AWS/Events", "MetricName": "InvocationsFailedToBeSentToDlq"}
FAILED = {"Namespace": "AWS/Events", "MetricName": "FailedInvocations"}
MESSAGES = {"Namespace": "AWS/SQS", "MetricName": "NumberOfMessagesSent"}
RULE = [{"Name": "RuleName", "Value": "orders"}]


def allows(service: str, action: str, resource: str, **condition: Any) -> str:
    """A policy that allows a service one action."""
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Sid": "It", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An account with a queue that every rule may send to, a topic that every alarm may publish to, and two rules.

    Their targets do not exist.
    """
    with emulator() as cloud:
        attributes = {"Policy": allows("events", "sqs:SendMessage", QUEUE, **ANY_RULE)}
        cloud.inside("sqs").create_queue(QueueName="lost", Attributes=attributes)
        attributes = {"Policy": allows("cloudwatch", "sns:Publish", TOPIC)}
        cloud.inside("sns").create_topic(Name="mail", Attributes=attributes)
        for name in ("orders", "billing"):
            rule(cloud, name)
        yield cloud


def rule(cloud: Emulator, name: str, **target: Any) -> None:
    """A rule whose pipeline does not exist."""
    cloud.inside("events").put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.ecr"]}))
    pipeline = f"arn:aws:codepipeline:{PLACE}:{name}"
    role = f"arn:aws:iam::111122223333:role/{name}"
    whole = {"Id": "One", "Arn": pipeline, "RoleArn": role, "Input": "{}", "DeadLetterConfig": {"Arn": QUEUE}, **target}
    cloud.inside("events").put_targets(Rule=name, Targets=[whole])


def alarm(cloud: Emulator, name: str, dimensions: list[dict[str, str]], **more: Any) -> None:
    """An alarm that goes off at the first value over 0."""
    usual: dict[str, Any] = {
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "Statistic": "Sum",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
    }
    cloud.inside("cloudwatch").put_metric_alarm(AlarmName=name, Dimensions=dimensions, **{**usual, **more})


def lost(cloud: Emulator) -> dict[str, Delivery]:
    """The delivery of an event that both rules match, by the policies of the account."""
    policies = PolicyGuard()
    policies.begin(cloud, lambda _: {})
    return {each.rule: each for each in deliver(cloud, EVENT, permits=policies.ask, uses=policies.uses)}


def rung(delivery: Delivery) -> list[str]:
    """The alarms that went off and could publish."""
    return [notice.alarm for notice in delivery.notices if not notice.why]


def kept(cloud: Emulator) -> list[str]:
    """The rules whose events are in the queue."""
    url = cloud.inside("sqs").get_queue_url(QueueName="lost")["QueueUrl"]
    found = cloud.inside("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    arns = [each["MessageAttributes"]["RULE_ARN"]["StringValue"] for each in found.get("Messages", ())]
    return sorted(arn.rpartition("/")[2] for arn in arns)


def test_one_queue_keeps_what_many_rules_lose(aws: Emulator) -> None:
    """Its policy allows every rule of the account, and no rule of another one."""
    found = lost(aws)
    assert (["billing", "orders"], {QUEUE}) == (kept(aws), {each.queue for each in found.values()})
    elsewhere = {"ArnLike": {"aws:SourceArn": "arn:aws:events:eu-central-1:999999999999:rule/*"}}
    url = aws.inside("sqs").get_queue_url(QueueName="lost")["QueueUrl"]
    policy = {"Policy": allows("events", "sqs:SendMessage", QUEUE, **elsewhere)}
    aws.inside("sqs").set_queue_attributes(QueueUrl=url, Attributes=policy)
    aws.inside("sqs").purge_queue(QueueUrl=url)
    assert {""} == {each.queue for each in lost(aws).values()}
    assert [] == kept(aws)


@pytest.mark.parametrize(
    ("metric", "dimensions", "by"),
    [
        (SENT, RULE, ["orders"]),
        (FAILED, RULE, ["orders"]),
        (MESSAGES, [{"Name": "QueueName", "Value": "lost"}], ["billing", "orders"]),
        (SENT, [{"Name": "RuleName", "Value": "nobody"}], []),
        (SENT, [], []),
        (SENT, [*RULE, {"Name": "EventBusName", "Value": "default"}], []),
        (FAILED_TO_SEND, RULE, []),
        (MESSAGES, [{"Name": "QueueName", "Value": "other"}], []),
        ({**SENT, "Namespace": "Events"}, RULE, []),
    ],
)
def test_an_alarm_goes_off_at_its_own_metric(aws: Emulator, metric: Any, dimensions: Any, by: list[str]) -> None:
    """That of its rule, or of the queue: a metric of other dimensions is another metric."""
    alarm(aws, "watch", dimensions, **metric)
    found = lost(aws)
    assert by == sorted(name for name, delivery in found.items() if rung(delivery))
    [state] = aws.inside("cloudwatch").describe_alarms(AlarmNames=["watch"])["MetricAlarms"]
    assert bool(by) == ("ALARM" == state["StateValue"])
    sent = sns_backends["111122223333"]["eu-central-1"].topics[TOPIC].sent_notifications
    assert len(by) == len(sent)


def test_the_message_says_which_alarm_of_which_rule(aws: Emulator) -> None:
    """As CloudWatch writes it: name, description, state and metric."""
    alarm(aws, "orders-lost", RULE, AlarmDescription="A push was lost", **SENT)
    [notice] = lost(aws)["orders"].notices
    told = json.loads(notice.message)
    assert ("orders-lost", "A push was lost", "ALARM") == (
        told["AlarmName"],
        told["AlarmDescription"],
        told["NewStateValue"],
    )
    assert [{"name": "RuleName", "value": "orders"}] == told["Trigger"]["Dimensions"]
    [sent] = sns_backends["111122223333"]["eu-central-1"].topics[TOPIC].sent_notifications
    assert (notice.message, 'ALARM: "orders-lost" in eu-central-1') == (sent[1], sent[2])


def test_an_event_that_the_queue_refuses_is_lost_and_reported(aws: Emulator) -> None:
    """Another metric counts it, and the reason names the action that the policy does not allow."""
    alarm(aws, "sent", RULE, **SENT)
    alarm(aws, "failed-to-send", RULE, **FAILED_TO_SEND)
    url = aws.inside("sqs").get_queue_url(QueueName="lost")["QueueUrl"]
    only = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{PLACE}:rule/billing"}}
    policy = {"Policy": allows("events", "sqs:SendMessage", QUEUE, **only)}
    aws.inside("sqs").set_queue_attributes(QueueUrl=url, Attributes=policy)
    found = lost(aws)
    assert ["failed-to-send"] == rung(found["orders"])
    assert f"nothing allows events.amazonaws.com sqs:SendMessage on {QUEUE}" == found["orders"].lost
    assert ["billing"] == kept(aws)


def test_an_encrypted_queue_needs_its_key(aws: Emulator) -> None:
    """EventBridge encrypts the message: without a statement in the policy of the key the push is lost."""
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
    document = {"Version": "2012-10-17", "Statement": [{**account, "Resource": "*"}]}
    key = aws.inside("kms").create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    url = aws.inside("sqs").get_queue_url(QueueName="lost")["QueueUrl"]
    aws.inside("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    assert f"nothing allows events.amazonaws.com kms:GenerateDataKey on {key}" in lost(aws)["orders"].lost
    uses = ["kms:GenerateDataKey", "kms:Decrypt"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": uses, "Resource": "*"}
    document["Statement"] = [*document["Statement"], {**statement, "Condition": ANY_RULE}]
    aws.inside("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    assert "" == lost(aws)["orders"].lost


def test_a_topic_that_refuses_the_alarm_is_reported(aws: Emulator) -> None:
    """The alarm goes off, but no mail is sent: the notice has the reason."""
    alarm(aws, "orders-lost", RULE, **SENT)
    policy = allows("cloudwatch", "sns:Publish", TOPIC, StringEquals={"aws:SourceAccount": "999999999999"})
    aws.inside("sns").set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)
    [notice] = lost(aws)["orders"].notices
    assert f"nothing allows cloudwatch.amazonaws.com sns:Publish on {TOPIC}" == notice.why
    assert [] == sns_backends["111122223333"]["eu-central-1"].topics[TOPIC].sent_notifications


def test_a_rule_without_a_queue_keeps_nothing(aws: Emulator) -> None:
    """The failure alone is counted."""
    rule(aws, "orders", DeadLetterConfig={})
    for name, metric in (("failed", FAILED), ("sent", SENT), ("failed-to-send", FAILED_TO_SEND)):
        alarm(aws, name, RULE, **metric)
    found = lost(aws)["orders"]
    assert (["failed"], "", "") == (rung(found), found.queue, found.lost)


@pytest.mark.parametrize(
    ("more", "rings"),
    [
        ({"Threshold": 1}, False),
        ({"Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, True),
        ({"Threshold": 1, "ComparisonOperator": "LessThanThreshold"}, False),
        ({"Threshold": 1, "ComparisonOperator": "LessThanOrEqualToThreshold"}, True),
        ({"EvaluationPeriods": 2}, False),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 1}, True),
        ({"EvaluationPeriods": 3, "TreatMissingData": "breaching"}, True),
        ({"EvaluationPeriods": 3, "TreatMissingData": "ignore"}, False),
        ({"ActionsEnabled": False}, False),
        ({"AlarmActions": []}, False),
    ],
)
def test_an_alarm_is_evaluated_as_it_is_declared(aws: Emulator, more: dict[str, Any], *, rings: bool) -> None:
    """Its threshold, the number of periods, and the treatment of missing values."""
    alarm(aws, "watch", RULE, **{**SENT, **more})
    assert rings == bool(rung(lost(aws)["orders"]))


@pytest.mark.parametrize(
    "more", [{"AlarmActions": [f"arn:aws:lambda:{PLACE}:function:f"]}, {"ComparisonOperator": "LessThanLowerThreshold"}]
)
def test_settings_of_alarms_that_are_not_emulated_are_an_error(aws: Emulator, more: dict[str, Any]) -> None:
    """Nothing passes for done that was not."""
    alarm(aws, "watch", RULE, **{**SENT, **more})
    with pytest.raises(NotImplementedError, match="watch: "):
        lost(aws)


def test_a_delivered_event_is_no_loss(aws: Emulator) -> None:
    """A message to a topic whose policy lets EventBridge in, without a role: no alarm, and nothing in the queue."""
    policy = allows("events", "sns:Publish", TOPIC, ArnEquals={"aws:SourceArn": f"arn:aws:events:{PLACE}:rule/told"})
    aws.inside("sns").set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)
    aws.inside("events").put_rule(Name="told", EventPattern=json.dumps({"source": ["aws.ecr"]}))
    aws.inside("events").put_targets(Rule="told", Targets=[{"Id": "One", "Arn": TOPIC}])
    alarm(aws, "watch", [{"Name": "RuleName", "Value": "told"}], **FAILED)
    told = lost(aws)["told"]
    assert ((), "", {"MessageId"}) == (told.notices, told.why, told.result.keys() - {"ResponseMetadata"})
    other = allows("events", "sns:Publish", TOPIC, ArnEquals={"aws:SourceArn": f"arn:aws:events:{PLACE}:rule/x"})
    aws.inside("sns").set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=other)
    told = lost(aws)["told"]
    assert f"nothing allows events.amazonaws.com sns:Publish on {TOPIC}" == told.why
    assert ["watch"] == [notice.alarm for notice in told.notices]
