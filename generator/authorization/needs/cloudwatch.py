"""Amazon CloudWatch."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, each_on

NEEDS: Needs = {
    **each_on(arn("cloudwatch", "alarm:{AlarmNames}"), "cloudwatch:DescribeAlarms"),
}
