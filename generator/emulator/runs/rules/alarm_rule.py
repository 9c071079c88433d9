"""CloudWatchAlarm: the alarm must be off.

https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-CloudWatchAlarm.html
"""

from __future__ import annotations

from datetime import timedelta

from generator.emulator.runs.action import ActionError
from generator.emulator.runs.stage_rule import RuleProvider, RuleStep


def evaluate(step: RuleStep) -> str:
    """Read the alarm, with the role of the rule. OK and INSUFFICIENT_DATA count as off.

    At the entry of a stage, WaitTime is how long an alarm may take to go off. After a stage it is how long the alarm
    must stay off.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works-conditions.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html
    """
    step.allow("AlarmName", "WaitTime")
    minutes = int(step.configuration.get("WaitTime", "0"))
    rings = _rings(step)
    looks_again = rings if step.kind == "BEFORE_ENTRY" else not rings
    if minutes and looks_again:
        clock = step.world.clock
        clock.wait(clock.now() + timedelta(minutes=minutes), unless=step.is_overridden)
        rings = _rings(step)
    if rings and not step.is_overridden():
        raise ActionError(f"the alarm {step.setting('AlarmName')} is in the state ALARM")
    return f"the alarm {step.setting('AlarmName')} is off"


def _rings(step: RuleStep) -> bool:
    name = step.setting("AlarmName")
    found = step.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not found:
        raise ActionError(f"there is no alarm {name}")
    return bool(found[0]["StateValue"] == "ALARM")


RULES: dict[str, RuleProvider] = {"CloudWatchAlarm": evaluate}
