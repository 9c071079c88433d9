"""The retention of logs."""

from __future__ import annotations

from troposphere import Ref, Template

from generator.model.parameters import add_choice

RETENTION_DAYS = ("7", "30", "90", "365", "1827", "3653")


def add_log_retention(template: Template, group: str) -> Ref:
    """The parameter that all log groups of the stack follow.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
    """
    return add_choice(
        template,
        "LogRetentionDays",
        group=group,
        label="Keep logs for (days)",
        description="Days until logs expire.",
        choices=RETENTION_DAYS,
        default="30",
    )
