"""Deployment windows: production is deployed only in hours of a cron expression, and while an alarm is off."""

from __future__ import annotations

from awacs import cloudwatch
from troposphere import Equals, If, Not, NoValue, Or, Select, Split, Template
from troposphere.codepipeline import (
    BeforeEntryConditions,
    Condition,
    RuleDeclaration,
    RuleTypeId,
    SuccessConditions,
)

from generator.components.codedeploy import NAME as ALARM_NAME
from generator.components.record import Recorder
from generator.components.stage_parameters import Place
from generator.model.arn import arn
from generator.model.deployment_window import BETWEEN, PATTERN
from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given
from generator.model.stages import Stage

NAME = "Window"
WINDOW, ALARM = "HasWindow", "HasHoldAlarm"


def add_window(template: Template, recorder: Recorder, of: Place) -> Stage:
    """A stage before the stage `of` that waits until the window is open, and then checks the alarm.

    It is a stage of its own because a rule for the alarm beside that for the window is not evaluated again when the
    window opens: the window is the condition of the entry, the alarm that of success.
    https://docs.amazonaws.cn/en_us/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html Its one action,
    which every stage needs, reads a record.
    """
    stage = of.name
    window = add_parameter(
        template,
        f"{stage}Window",
        group=stage,
        label="Deployment window",
        description="When runs may enter production: cron with seconds, and a time zone. Empty: always.",
        Default="",
        AllowedPattern=f"^({PATTERN})?$",
        ConstraintDescription=f"Enter hours and days, such as * * 9-16 ? * MON-THU{BETWEEN}Europe/Berlin.",
    )
    alarm = add_parameter(
        template,
        f"{stage}Alarm",
        group=stage,
        label="Blocking alarm",
        description="CloudWatch metric alarm. A run fails if it is in ALARM state when the window opens. Empty: none.",
        Default="",
        AllowedPattern=f"^({ALARM_NAME})?$",
        ConstraintDescription="Enter the name of one alarm, not its ARN.",
    )
    add_condition(template, WINDOW, is_given(window))
    add_condition(template, ALARM, is_given(alarm))
    add_rule(
        template,
        "WindowIsUsed",
        (Or(Equals(window, ""), Not(of.left_out())), f"{stage} is left out: leave {stage}Window empty."),
        (
            Or(Equals(alarm, ""), is_given(window)),
            f"{stage}Alarm needs {stage}Window: * * * ? * *{BETWEEN}UTC is always open.",
        ),
    )
    opens = _condition(
        "DeploymentWindow", {"Cron": Select(0, Split(BETWEEN, window)), "TimeZone": Select(1, Split(BETWEEN, window))}
    )
    # An alarm that is on when the stage succeeds, or in the minute after that, fails the run.
    quiet = _condition("CloudWatchAlarm", {"AlarmName": alarm, "WaitTime": "1"})
    return Stage(
        name=NAME,
        actions=(recorder.look(stage),),
        grants=(*recorder.run(), _watch(stage)),
        before_entry=BeforeEntryConditions(Conditions=[opens]),
        on_success=If(ALARM, SuccessConditions(Conditions=[quiet]), NoValue),
        only_if=WINDOW,
    )


def _condition(provider: str, configuration: dict[str, object]) -> Condition:
    """A condition with one rule: a run that does not meet it fails.

    CloudFormation has no timeout for rules.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codepipeline-pipeline-ruledeclaration.html
    """
    kind = RuleTypeId(Category="Rule", Owner="AWS", Provider=provider, Version="1")
    return Condition(
        Result="FAIL", Rules=[RuleDeclaration(Name=provider, RuleTypeId=kind, Configuration=configuration)]
    )


def _watch(stage: str) -> Grant:
    """Read the alarm. Rules use the role of the pipeline; a window needs no permission.

    A composite alarm would need "*":
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    return Grant(
        sid="WatchAlarm",
        actions=(cloudwatch.DescribeAlarms,),
        resources=(arn("cloudwatch", f"alarm:${{{stage}Alarm}}"),),
        why=f"Runs stop before {stage.lower()} while the alarm is in ALARM state.",
        only_if=ALARM,
    )
