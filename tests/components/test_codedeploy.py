"""Alarms and rollback of a deployment group."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.codedeploy import add_alarms
from generator.model.template import new_template
from generator.publishing import render


def test_alarms_are_optional_and_rollback_is_not() -> None:
    """Without an alarm nothing is watched, and a failed deployment is still rolled back."""
    template = new_template("Test")
    alarms = add_alarms(template, "Traffic")
    configuration = encode_to_dict(alarms.configuration())
    assert {"Fn::If": ["HasAlarm", True, False]} == configuration["Enabled"]
    assert ["HasAlarm", "HasOtherAlarm"] == [alarm["Fn::If"][0] for alarm in configuration["Alarms"]]
    failure, _, alarm = encode_to_dict(alarms.rollback())["Events"]
    assert ("DEPLOYMENT_FAILURE", "HasAlarm") == (failure, alarm["Fn::If"][0])
    assert "HasAlarm" == alarms.watch().only_if


def test_the_first_alarm_comes_first() -> None:
    """The second alarm alone would have no effect."""
    template = new_template("Test")
    add_alarms(template, "Traffic")
    rules = render.to_dict(template)["Rules"]
    assert ["AlarmName is empty: enter the alarm there instead of OtherAlarmName."] == [
        said for _, said in broken(rules, {"AlarmName": "", "OtherAlarmName": "errors"})
    ]
    assert [] == list(broken(rules, {"AlarmName": "errors", "OtherAlarmName": ""}))
    assert [] == list(broken(rules, {"AlarmName": "", "OtherAlarmName": ""}))


def test_two_alarms_differ() -> None:
    """CodeDeploy takes no alarm twice."""
    template = new_template("Test")
    add_alarms(template, "Traffic")
    rules = render.to_dict(template)["Rules"]
    assert ["OtherAlarmName is the same as AlarmName: enter another alarm, or leave it empty."] == [
        said for _, said in broken(rules, {"AlarmName": "errors", "OtherAlarmName": "errors"})
    ]
    assert [] == list(broken(rules, {"AlarmName": "errors", "OtherAlarmName": "latency"}))
