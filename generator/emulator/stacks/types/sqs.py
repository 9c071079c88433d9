"""Amazon SQS."""

from __future__ import annotations

import json
from typing import Any

from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    refuse_existing,
    without,
)


def _attributes(properties: Properties) -> dict[str, str]:
    settings = without(properties, "QueueName", "Tags")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}


def _create_queue(work: ResourceContext, properties: Properties) -> str:
    name = properties.get("QueueName") or work.name(80)
    refuse_existing(work, name, lambda: work.client("sqs").get_queue_url(QueueName=name))
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    created = work.client("sqs").create_queue(QueueName=name, Attributes=_attributes(properties), tags=tags)
    return str(created["QueueUrl"])


def _update_queue(work: ResourceContext, url: str, new: Properties, old: Properties) -> None:
    wanted, had = _attributes(new), _attributes(old)
    changes = {name: wanted.get(name, "") for name in wanted | had if wanted.get(name) != had.get(name)}
    if changes:
        work.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=changes)


def _described(work: ResourceContext, url: str, _properties: Properties) -> dict[str, str]:
    found = work.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return {"Arn": found["QueueArn"], "QueueName": url.rsplit("/", 1)[1], "QueueUrl": url}


def _set_policy(work: ResourceContext, queues: list[str], policy: Any) -> None:
    for queue in queues:
        text = json.dumps(policy) if policy else ""
        work.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text})


def _create_policy(work: ResourceContext, properties: Properties) -> str:
    _set_policy(work, properties["Queues"], properties["PolicyDocument"])
    return work.name(80)


def _update_policy(work: ResourceContext, _id: str, new: Properties, old: Properties) -> None:
    _set_policy(work, [queue for queue in old["Queues"] if queue not in new["Queues"]], None)
    _set_policy(work, new["Queues"], new["PolicyDocument"])


TYPES = {
    "AWS::SQS::Queue": ResourceHandler(
        create=_create_queue,
        update=_update_queue,
        delete=lambda work, url, _: work.client("sqs").delete_queue(QueueUrl=url),
        attributes=_described,
    ),
    "AWS::SQS::QueuePolicy": ResourceHandler(
        create=_create_policy,
        update=_update_policy,
        delete=lambda work, _, properties: _set_policy(work, properties["Queues"], None),
    ),
}
