"""Breakers of the promises in tests/promises/windows.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import windows
from tests.rendered import Rendered


def _window(template: Rendered) -> Rendered:
    """The stage, which exists under a condition."""
    stages = properties_of(template, "Pipeline")["Stages"]
    return next(each["Fn::If"][1] for each in stages if each.get("Fn::If", [0, {}])[1].get("Name") == "Window")


@breaks(windows.production_waits_for_its_window, of="pipeline-lambda")
def the_window_is_always_open(template: Rendered) -> None:
    del _window(template)["BeforeEntry"]


@breaks(windows.production_waits_for_its_window, of="pipeline-lambda")
def the_alarm_is_not_looked_at(template: Rendered) -> None:
    del _window(template)["OnSuccess"]


@breaks(windows.production_waits_for_its_window, of="pipeline-lambda")
def the_window_comes_after_production(template: Rendered) -> None:
    stages = properties_of(template, "Pipeline")["Stages"]
    stages[-2], stages[-1] = stages[-1], stages[-2]


@breaks(windows.conditions_fail_the_run, of="pipeline-lambda")
def outside_the_window_the_stage_is_skipped(template: Rendered) -> None:
    _window(template)["BeforeEntry"]["Conditions"][0]["Result"] = "SKIP"


@breaks(windows.conditions_fail_the_run, of="pipeline-lambda")
def the_alarm_is_looked_at_before_the_window_opens(template: Rendered) -> None:
    window = _window(template)
    rules = window["OnSuccess"]["Fn::If"][1]["Conditions"][0]["Rules"]
    window["BeforeEntry"]["Conditions"][0]["Rules"] += rules


@breaks(windows.conditions_fail_the_run, of="pipeline-lambda")
def the_rule_is_not_of_aws(template: Rendered) -> None:
    _window(template)["BeforeEntry"]["Conditions"][0]["Rules"][0]["RuleTypeId"]["Owner"] = "Custom"


@breaks(windows.windows_open, of="pipeline-lambda")
def a_window_in_february(template: Rendered) -> None:
    template["Parameters"]["ProductionWindow"]["AllowedPattern"] = ".*"


@breaks(windows.windows_open, of="pipeline-lambda")
def a_window_on_mondays_only(template: Rendered) -> None:
    template["Parameters"]["ProductionWindow"]["AllowedPattern"] = r"^\* \* 9 \? \* MON in UTC$"
