"""EventBridge: an event goes to the targets of every rule that matches it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from generator.authorization.service_principals import uses
from generator.emulator.events.alarms import Metric, Notice, PermitsRequest, Uses, Watch, count
from generator.emulator.front.answers import reason
from generator.emulator.front.cloud import Emulator
from generator.eventbridge.patterns import BusEvent, why_not
from generator.eventbridge.transformer import transformed


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The result of an event for a rule."""

    rule: str
    target: str
    """The ARN of a target; "" if the rule did not match."""
    text: str = ""
    """The input of the target."""
    why: str = ""
    """The reason why the target got nothing."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """The answer of the target."""
    queue: str = ""
    """The ARN of the queue that keeps an undelivered event."""
    lost: str = ""
    """The reason why the target's queue does not keep it."""
    notices: tuple[Notice, ...] = ()
    """The notifications of alarms on the loss."""


def deliver(
    cloud: Emulator, event: BusEvent, *, permits: PermitsRequest = lambda _: "", uses: Uses = uses
) -> list[Delivery]:
    """Show the event to every rule, in the order of their names.

    `permits` decides the requests of EventBridge and CloudWatch without a role, `uses` lists these requests.
    """
    watch = Watch(cloud, uses, permits)
    events = cloud.inside("events")
    return [
        delivery
        for rule in sorted(events.list_rules()["Rules"], key=lambda rule: str(rule["Name"]))
        if rule["State"] == "ENABLED"
        for delivery in _by_rule(watch, rule, event)
    ]


def _by_rule(watch: Watch, rule: Mapping[str, Any], event: BusEvent) -> list[Delivery]:
    if missed := why_not(json.loads(rule["EventPattern"]), event):
        return [Delivery(rule=rule["Name"], target="", why=missed)]
    targets = watch.cloud.inside("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    return [_to_target(watch, rule, target, event) for target in targets]


def _to_target(watch: Watch, rule: Mapping[str, Any], target: Mapping[str, Any], event: BusEvent) -> Delivery:
    """Call the target with its role, or by its policy. An event that cannot be delivered goes to the dead-letter queue.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    arn = target["Arn"]
    service = arn.split(":")[2]
    if service not in CALLS:
        raise NotImplementedError(f"{rule['Name']}: targets of {service} are not called here")
    if "InputTransformer" in target:
        text = transformed(target["InputTransformer"], event, rule["Arn"])
    else:
        text = target.get("Input") or json.dumps(event)
    try:
        result = CALLS[service](_client(watch, service, rule, target), arn, text)
    except (ClientError, ParamValidationError, ValueError) as error:
        why = reason(error) if isinstance(error, ClientError) else str(error)
        return _undelivered(watch, rule, target, Delivery(rule=rule["Name"], target=arn, text=text, why=why))
    return Delivery(rule=rule["Name"], target=arn, text=text, result=result)


def _client(watch: Watch, service: str, rule: Mapping[str, Any], target: Mapping[str, Any]) -> Any:
    """A client with the role of the target. Without a role, the policy of the target must allow EventBridge.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    if "RoleArn" in target:
        return watch.cloud.client(service, target["RoleArn"])
    if service != "sns":
        raise ValueError(f"the target {target['Arn']} has no role")
    if why := watch.allowed("events", "sns:Publish", target["Arn"], rule["Arn"]):
        raise ValueError(why)
    return watch.cloud.inside(service)


def _start_pipeline(client: Any, arn: str, text: str) -> Mapping[str, Any]:
    given = json.loads(text)
    if not isinstance(given, dict):
        raise ValueError(f"{text} is no object with the parameters of StartPipelineExecution")
    return dict(client.start_pipeline_execution(name=arn.rpartition(":")[2], **given))


def _publish(client: Any, arn: str, text: str) -> Mapping[str, Any]:
    return dict(client.publish(TopicArn=arn, Message=text))


def _invoke(client: Any, arn: str, text: str) -> Mapping[str, Any]:
    """EventBridge does not wait for the function: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html."""
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())
    return {}


CALLS: Mapping[str, Callable[[Any, str, str], Mapping[str, Any]]] = {
    "codepipeline": _start_pipeline,
    "lambda": _invoke,
    "sns": _publish,
}


def _undelivered(watch: Watch, rule: Mapping[str, Any], target: Mapping[str, Any], delivery: Delivery) -> Delivery:
    """Keep an undelivered event in the queue of the target, and count the metrics of EventBridge and SQS.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """

    def metric(name: str) -> Metric:
        return Metric("AWS/Events", name, {"RuleName": rule["Name"]})

    queue = target.get("DeadLetterConfig", {}).get("Arn", "")
    failed = metric("FailedInvocations")
    if not queue:
        return replace(delivery, notices=count(watch, [failed]))
    lost = watch.allowed("events", "sqs:SendMessage", queue, rule["Arn"]) or _to_queue(watch, rule, target, delivery)
    if lost:
        return replace(delivery, lost=lost, notices=count(watch, [failed, metric("InvocationsFailedToBeSentToDlq")]))
    sent = Metric("AWS/SQS", "NumberOfMessagesSent", {"QueueName": queue.rpartition(":")[2]})
    return replace(delivery, queue=queue, notices=count(watch, [failed, metric("InvocationsSentToDlq"), sent]))


def _to_queue(watch: Watch, rule: Mapping[str, Any], target: Mapping[str, Any], delivery: Delivery) -> str:
    """Send the message. Returns an empty text, or the reason why the queue refused it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    sqs = watch.cloud.inside("sqs")
    given = {"RULE_ARN": rule["Arn"], "TARGET_ARN": target["Arn"], "ERROR_MESSAGE": delivery.why}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in given.items() if value}
    try:
        url = sqs.get_queue_url(QueueName=target["DeadLetterConfig"]["Arn"].rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=delivery.text, MessageAttributes=attributes)
    except ClientError as error:
        return reason(error)
    return ""
