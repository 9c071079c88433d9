"""Amazon CloudWatch."""

from __future__ import annotations

from generator.emulator.stacks.kind import Kind, Properties, Work, refuse_existing, without
from generator.emulator.stacks.shapes import request


def _put_alarm(work: Work, name: str, properties: Properties) -> None:
    request(work.client("cloudwatch"), "PutMetricAlarm", without(properties, "AlarmName"), AlarmName=name)


def _create_alarm(work: Work, properties: Properties) -> str:
    name = str(properties.get("AlarmName") or work.name(255))
    refuse_existing(
        work, name, lambda: work.client("cloudwatch").describe_alarms(AlarmNames=[name]).get("MetricAlarms")
    )
    _put_alarm(work, name, properties)
    return name


TYPES = {
    "AWS::CloudWatch::Alarm": Kind(
        create=_create_alarm,
        update=lambda work, name, new, _old: _put_alarm(work, name, new),
        delete=lambda work, name, _: work.client("cloudwatch").delete_alarms(AlarmNames=[name]),
        attributes=lambda work, name, _: {"Arn": work.arn("cloudwatch", f"alarm:{name}")},
    ),
}
