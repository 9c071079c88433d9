"""CloudWatch alarms in the emulator: a metric is counted, and the alarms on it notify their topics.

Time does not pass in the emulator: each value is the only one of its period, and an alarm is OK before it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from generator.authorization.decisions import Request
from generator.emulator.front.cloud import Emulator

Uses = Callable[[str, str, str, str], Iterable[Request]]
"""The requests of a service that uses a topic or queue: service, action, ARN of that, ARN of the acting resource."""
PermitsRequest = Callable[[Request], str]
"""An empty text if policies allow a request, otherwise the reason."""

_STATISTICS = {"Average", "Maximum", "Minimum", "SampleCount", "Sum"}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


class Metric(NamedTuple):
    """A metric of a service, and the resource that it is counted for."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]


class Notice(NamedTuple):
    """The notification of an alarm that went off: a message for one of its topics."""

    alarm: str
    topic: str
    message: str
    why: str = ""
    """The reason why the topic refused it."""


class Watch(NamedTuple):
    """The environment of alarms."""

    cloud: Emulator
    uses: Uses
    permits: PermitsRequest

    def allowed(self, service: str, action: str, resource: str, source: str) -> str:
        """An empty text if a service may use a topic or queue, otherwise the reason."""
        return "; ".join(filter(None, map(self.permits, self.uses(service, action, resource, source))))


def count(watch: Watch, metrics: Iterable[Metric]) -> tuple[Notice, ...]:
    """Count each metric once, and return the notifications of its alarms."""
    alarms = watch.cloud.inside("cloudwatch").describe_alarms()["MetricAlarms"]
    return tuple(
        notice
        for metric in metrics
        for alarm in alarms
        if _watches(alarm, metric) and _goes_off(alarm)
        for notice in _ring(watch, alarm)
    )


def _watches(alarm: Mapping[str, Any], metric: Metric) -> bool:
    """Whether the alarm is on this metric. Other dimensions make another metric."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
    return (alarm.get("Namespace"), alarm.get("MetricName"), dimensions) == metric


def _goes_off(alarm: Mapping[str, Any]) -> bool:
    """Whether one value of 1 makes the alarm go off, with no value in the periods before it."""
    if alarm.get("Statistic") not in _STATISTICS or alarm["ComparisonOperator"] not in _COMPARISONS:
        raise NotImplementedError(f"{alarm['AlarmName']}: its statistic or comparison is not evaluated here")
    breaches = int(_COMPARISONS[alarm["ComparisonOperator"]](1.0, float(alarm["Threshold"])))
    missing = int(alarm["EvaluationPeriods"]) - 1 if alarm.get("TreatMissingData") == "breaching" else 0
    return bool(breaches) and breaches + missing >= int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])


def _ring(watch: Watch, alarm: Mapping[str, Any]) -> Iterator[Notice]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html."""
    name, cloud = alarm["AlarmName"], watch.cloud
    message = json.dumps(_message(alarm, cloud))
    cloud.inside("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="Threshold Crossed")
    if not alarm.get("ActionsEnabled", True):
        return
    for topic in alarm.get("AlarmActions", ()):
        if topic.split(":")[2] != "sns":
            raise NotImplementedError(f"{name}: the action {topic} is not taken here")
        why = watch.allowed("cloudwatch", "sns:Publish", topic, alarm["AlarmArn"])
        if not why:
            subject = f'ALARM: "{name}" in {cloud.region}'[:100]
            cloud.inside("sns").publish(TopicArn=topic, Subject=subject, Message=message)
        yield Notice(alarm=name, topic=topic, message=message, why=why)


def _message(alarm: Mapping[str, Any], cloud: Emulator) -> dict[str, Any]:
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": cloud.account,
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": cloud.region,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": "OK",
        "Trigger": {
            "Namespace": alarm["Namespace"],
            "MetricName": alarm["MetricName"],
            "Dimensions": [{"name": each["Name"], "value": each["Value"]} for each in alarm.get("Dimensions", ())],
            "Threshold": float(alarm["Threshold"]),
        },
    }
