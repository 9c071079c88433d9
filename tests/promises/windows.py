"""Promises about the conditions of stages: when production may be deployed to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.parameter_types import problems
from generator.model.deployment_window import read
from tests.rendered import Rendered
from tests.stacked import deployed
from tests.variants import needed, with_conditions

CONDITIONS = ("BeforeEntry", "OnSuccess")
WINDOWS = (
    "* * 9-16 ? * MON-THU in Europe/Berlin",
    "* * * ? * * in UTC",
    "* * 0,22-23 ? * SAT,SUN in America/New_York",
    "* * 1-2 ? * MON-FRI in America/Port-au-Prince",
    "* * 9 ? * MON in America/Argentina/Buenos_Aires",
)
NO_WINDOWS = (
    "0 0 9-17 ? * MON-FRI in UTC",
    "* 9-16 ? * MON-THU in UTC",
    "* * 9-24 ? * MON in UTC",
    "* * 9-10-11 ? * MON in UTC",
    "* * 9, ? * MON in UTC",
    "* * 9 31 2 ? in UTC",
    "* * 9 ? * ? in UTC",
    "* * 9 ? * MO in UTC",
    "* * 9 ? * MON",
    "* * 9 ? * MON in CST",
    "* * 9 ? * MON-TUE-WED in UTC",
    "* * 9-10-11 ? * MON in America/Port-au-Prince",
    "* * 9 ? * MON in Europe/",
    "* * 9 ? * MON in Europe/Berlin in UTC",
    "* * 9 ? * MON in europe/berlin",
    "* * 9 ? * MON 1999 in UTC",
)


@with_conditions
def production_waits_for_its_window(template: Rendered) -> Iterator[str]:
    """The stage before production starts in the window and ends while the alarm is off, or else the run fails.

    Without a window there is no such stage.
    """
    if "ProductionWindow" not in template.get("Parameters", {}):
        return
    wanted = {
        "BeforeEntry": [("DeploymentWindow", {"Cron": "* * 9-16 ? * MON-THU", "TimeZone": "Europe/Berlin"})],
        "OnSuccess": [("CloudWatchAlarm", {"AlarmName": "errors", "WaitTime": "1"})],
    }
    values = {**needed(template), "ProductionWindow": WINDOWS[0]}
    for given, expected in (
        (values, {**wanted, "OnSuccess": []}),
        ({**values, "ProductionAlarm": "errors"}, wanted),
        (needed(template), None),
    ):
        for title, pipeline in deployed(template, "a-stack", given).resources("AWS::CodePipeline::Pipeline"):
            stages = {stage["Name"]: stage for stage in pipeline["Stages"]}
            names = [*stages]
            if (names[-2] == "Window") is (expected is None):
                yield f"{title} has the stages {names}"
            for key in CONDITIONS if expected and "Window" in stages else ():
                found = [
                    (rule["RuleTypeId"]["Provider"], rule["Configuration"]) for rule in _rules(stages["Window"], key)
                ]
                if expected and found != expected[key]:
                    yield f"{title}: {key} of Window is {found}, must be {expected[key]}"


@with_conditions
def conditions_fail_the_run(template: Rendered) -> Iterator[str]:
    """A condition that is not met fails the run, and holds one rule of AWS's: rules wait without each other.

    https://docs.amazonaws.cn/en_us/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
    """
    values = needed(template)
    for name, value in (("ProductionWindow", WINDOWS[0]), ("ProductionAlarm", "errors")):
        if name in template.get("Parameters", {}):
            values[name] = value
    for title, pipeline in deployed(template, "a-stack", values).resources("AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            for key in CONDITIONS:
                yield from (f"{title}: {key} of {stage['Name']} {what}" for what in _wrong(stage, key))


def windows_open(template: Rendered) -> Iterator[str]:
    """The form takes windows that open every week, and no others."""
    declaration = template.get("Parameters", {}).get("ProductionWindow")
    for text in WINDOWS if declaration else ():
        if any(problems(declaration, text)):
            yield f"{text!r} is refused"
        if not read(*re.split(" in ", text)).hours:
            yield f"{text!r} never opens"
    for text in NO_WINDOWS if declaration else ():
        if not any(problems(declaration, text)):
            yield f"{text!r} is taken"


def _rules(stage: Rendered, key: str) -> list[Any]:
    return [rule for condition in stage.get(key, {}).get("Conditions", ()) for rule in condition["Rules"]]


def _wrong(stage: Rendered, key: str) -> Iterator[str]:
    for condition in stage.get(key, {}).get("Conditions", ()):
        if condition.get("Result") != "FAIL":
            yield f"has the result {condition.get('Result')}"
        if len(condition["Rules"]) != 1:
            yield f"has {len(condition['Rules'])} rules: give each a stage or a condition of its own"
    for rule in _rules(stage, key):
        kind = dict(rule["RuleTypeId"])
        provider = kind.pop("Provider")
        if kind != {"Category": "Rule", "Owner": "AWS", "Version": "1"} or rule["Name"] != provider:
            yield f"has a rule of the type {rule['RuleTypeId']}, called {rule['Name']}"
