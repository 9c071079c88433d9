"""EventBridge: an event goes to the targets of every rule that lets it through.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from generator.emulator.events import Event, why_not
from generator.emulator.server import Emulator
from generator.emulator.store import reason
from generator.emulator.transformer import transformed


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a rule did with an event."""

    rule: str
    target: str
    """The ARN of a target; "" where the rule did not match."""
    text: str = ""
    """What the target got."""
    why: str = ""
    """Why the target got nothing."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """What the target answered."""


def deliver(cloud: Emulator, event: Event) -> list[Delivery]:
    """Show the event to every rule, in the order of their names."""
    events = cloud.inside("events")
    return [
        delivery
        for rule in sorted(events.list_rules()["Rules"], key=lambda rule: str(rule["Name"]))
        if rule["State"] == "ENABLED"
        for delivery in _by_rule(cloud, rule, event)
    ]


def _by_rule(cloud: Emulator, rule: Mapping[str, Any], event: Event) -> list[Delivery]:
    if missed := why_not(json.loads(rule["EventPattern"]), event):
        return [Delivery(rule=rule["Name"], target="", why=missed)]
    targets = cloud.inside("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    return [_to_target(cloud, rule, target, event) for target in targets]


def _to_target(cloud: Emulator, rule: Mapping[str, Any], target: Mapping[str, Any], event: Event) -> Delivery:
    """Call the target with its role. What cannot be delivered for good goes to the queue for that.

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
        result = CALLS[service](cloud.client(service, target["RoleArn"]), arn, text)
    except (ClientError, ParamValidationError, ValueError) as error:
        why = reason(error) if isinstance(error, ClientError) else str(error)
        _to_queue(cloud, rule, target, text)
        return Delivery(rule=rule["Name"], target=arn, text=text, why=why)
    return Delivery(rule=rule["Name"], target=arn, text=text, result=result)


def _start_pipeline(client: Any, arn: str, text: str) -> Mapping[str, Any]:
    given = json.loads(text)
    if not isinstance(given, dict):
        raise ValueError(f"{text} is no object with the parameters of StartPipelineExecution")
    return dict(client.start_pipeline_execution(name=arn.rpartition(":")[2], **given))


def _publish(client: Any, arn: str, text: str) -> Mapping[str, Any]:
    return dict(client.publish(TopicArn=arn, Message=text))


CALLS: Mapping[str, Callable[[Any, str, str], Mapping[str, Any]]] = {
    "codepipeline": _start_pipeline,
    "sns": _publish,
}


def _to_queue(cloud: Emulator, rule: Mapping[str, Any], target: Mapping[str, Any], text: str) -> None:
    if queue := target.get("DeadLetterConfig", {}).get("Arn"):
        sqs = cloud.inside("sqs")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        attributes = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in {"RULE_ARN": rule["Arn"], "TARGET_ARN": target["Arn"]}.items()
        }
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes=attributes)
