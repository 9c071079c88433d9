"""Amazon CloudWatch."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    arn_of,
    refuse_existing,
    without,
)
from generator.emulator.stacks.shapes import request


def _put_alarm(work: ResourceContext, name: str, properties: Properties) -> None:
    request(work.client("cloudwatch"), "PutMetricAlarm", without(properties, "AlarmName"), AlarmName=name)


def _create_alarm(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("AlarmName") or work.name(255))
    refuse_existing(
        work, name, lambda: work.client("cloudwatch").describe_alarms(AlarmNames=[name]).get("MetricAlarms")
    )
    _put_alarm(work, name, properties)
    return name


TYPES = {
    "AWS::CloudWatch::Alarm": ResourceHandler(
        create=_create_alarm,
        # PutMetricAlarm replaces all settings of an alarm.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        update=lambda work, name, new, _old: _put_alarm(work, name, new),
        delete=lambda work, name, _: work.client("cloudwatch").delete_alarms(AlarmNames=[name]),
        attributes=arn_of,
    ),
}
