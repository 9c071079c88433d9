"""Common settings of CodeDeploy deployment groups: alarms that stop a deployment, and rollback."""

from __future__ import annotations

from typing import NamedTuple

from awacs import cloudwatch
from troposphere import Equals, If, Not, NoValue, Ref, Template
from troposphere.codedeploy import Alarm, AlarmConfiguration, AutoRollbackConfiguration

from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given

NAME = r"(?!arn:)[A-Za-z0-9 _./:#()@+-]{1,255}"
ONE, OTHER = "HasAlarm", "HasOtherAlarm"


class Alarms(NamedTuple):
    """Up to two alarms."""

    one: Ref
    other: Ref

    def configuration(self) -> AlarmConfiguration:
        """The alarms of a deployment group.

        Without alarms it is disabled explicitly, because otherwise the old ones would stay.
        """
        named = [If(ONE, Alarm(Name=self.one), NoValue), If(OTHER, Alarm(Name=self.other), NoValue)]
        # UpdateDeploymentGroup changes only what it receives.
        # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_UpdateDeploymentGroup.html
        return AlarmConfiguration(Enabled=If(ONE, True, False), Alarms=named)  # noqa: FBT003  what Fn::If chooses from

    def rollback(self) -> AutoRollbackConfiguration:
        """Roll back a deployment that fails, is stopped or raises an alarm.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
        """
        events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", If(ONE, "DEPLOYMENT_STOP_ON_ALARM", NoValue)]
        return AutoRollbackConfiguration(Enabled=True, Events=events)

    def watch(self) -> Grant:
        """Read the alarms. Composite alarms would need "*".

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        """
        return Grant(
            sid="WatchAlarms",
            actions=(cloudwatch.DescribeAlarms,),
            resources=(arn("cloudwatch", "alarm:*"),),
            why="An alarm stops the deployment.",
            only_if=ONE,
        )


def add_alarms(template: Template, group: str) -> Alarms:
    """The parameters of the alarms, both of which can be left empty."""
    one, other = (
        add_parameter(
            template,
            name,
            group=group,
            label=label,
            description="CloudWatch metric alarm that stops a deployment and rolls it back. Empty: none.",
            Default="",
            AllowedPattern=f"^({NAME})?$",
            ConstraintDescription="Enter the name of one alarm of this account and region, not its ARN. Or leave it "
            "empty.",
        )
        for name, label in (("AlarmName", "Alarm"), ("OtherAlarmName", "Second alarm"))
    )
    add_condition(template, ONE, is_given(one))
    add_condition(template, OTHER, is_given(other))
    add_rule(
        template,
        "AlarmsInOrder",
        (Equals(other, ""), "AlarmName is empty: enter the alarm there instead of OtherAlarmName."),
        when=Equals(one, ""),
    )
    # CodeDeploy takes no alarm twice (uniqueItems of Alarms in its schema).
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codedeploy-deploymentgroup-alarmconfiguration.html
    add_rule(
        template,
        "AlarmsDiffer",
        (Not(Equals(one, other)), "OtherAlarmName is the same as AlarmName: enter another alarm, or leave it empty."),
        when=is_given(other),
    )
    return Alarms(one, other)
