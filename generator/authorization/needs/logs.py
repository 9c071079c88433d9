"""Amazon CloudWatch Logs."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, each_on

NEEDS: Needs = {
    **each_on("*", "logs:DescribeLogGroups"),
    # The ARN of a log group in a policy ends in :*, except for the actions on tags.
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    **each_on(arn("logs", "log-group:{logGroupName}:*"), "logs:CreateLogGroup", "logs:DescribeLogStreams"),
    **each_on(
        arn("logs", "log-group:{logGroupName}:log-stream:{logStreamName}"), "logs:CreateLogStream", "logs:PutLogEvents"
    ),
}
