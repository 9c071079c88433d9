"""Amazon EventBridge."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, asks_for, each_on

NEEDS: Needs = {
    **each_on(arn("events", "rule/{Name}"), "events:DescribeRule", "events:PutRule"),
    "events:PutTargets": asks_for("events:PutTargets", arn("events", "rule/{Rule}")),
}
