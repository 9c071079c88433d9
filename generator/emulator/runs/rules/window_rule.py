"""DeploymentWindow: the run waits until the window is open.

https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
"""

from __future__ import annotations

from datetime import timedelta

from generator.emulator.runs.action import ActionError
from generator.emulator.runs.stage_rule import RuleProvider, RuleStep
from generator.errors import GeneratorError
from generator.model.deployment_window import read


def evaluate(step: RuleStep) -> str:
    """Wait for the window, at most as long as the rule may take. AWS documents no limit for a rule without a timeout.

    A window that never opens fails here at once.
    """
    step.allow("Cron", "TimeZone")
    try:
        window = read(step.setting("Cron"), step.configuration.get("TimeZone", "UTC"))
    except GeneratorError as error:
        raise ActionError(str(error)) from error
    clock = step.world.clock
    now = clock.now()
    opens = window.opens(now)
    if opens is None:
        raise ActionError(f"the window {step.setting('Cron')} never opens")
    if opens == now:
        return "the window is open"
    shown = f"{opens:%Y-%m-%d %H:%M} {step.configuration.get('TimeZone', 'UTC')}"
    ends = now + timedelta(minutes=step.timeout_minutes) if step.timeout_minutes else opens
    clock.wait(min(opens, ends), unless=step.is_overridden)
    if step.is_overridden():
        return f"overridden before the window opened on {shown}"
    if ends < opens:
        raise ActionError(f"the window does not open within {step.timeout_minutes} minutes, but on {shown}")
    return f"the window opened on {shown}"


RULES: dict[str, RuleProvider] = {"DeploymentWindow": evaluate}
