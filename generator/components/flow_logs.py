"""Flow logs: the accepted and rejected traffic in the VPC."""

from __future__ import annotations

from awacs import logs
from troposphere import GetAtt, Ref, Template
from troposphere.ec2 import FlowLog
from troposphere.logs import LogGroup

from generator.components.encryption import Key
from generator.components.logs import add_log_retention
from generator.components.vpc import Vpc
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, trust
from generator.model.owner import Owner


def add_flow_logs(template: Template, owner: Owner, vpc: Vpc, key: Key) -> Ref:
    """Flow logs of the whole VPC in an encrypted log group. Returns the parameter for how long logs are kept."""
    retention = add_log_retention(template, "Logs")
    log_group = LogGroup(
        "FlowLogs",
        DeletionPolicy="Delete",  # a log group that stays blocks the next stack of the same name
        UpdateReplacePolicy="Delete",
        LogGroupName=owner.log_group("FlowLogs"),
        KmsKeyId=key.arn,
        RetentionInDays=retention,
    )
    template.add_resource(log_group)
    role = add_service_role(
        template,
        "FlowLogRole",
        # EC2 chooses the id of a flow log, so the role can name a pattern only.
        trusted=trust("vpc-flow-logs.amazonaws.com", arn("ec2", "vpc-flow-log/*")),
        grants=[_write(log_group), key.write_logs()],
    )
    template.add_resource(
        FlowLog(
            "FlowLog",
            ResourceType="VPC",
            ResourceId=vpc.id,
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=Ref(log_group),
            DeliverLogsPermissionArn=role.arn,
            MaxAggregationInterval=600,  # by the minute it would be more lines, and cost more, for the same flows
        )
    )
    return retention


def _write(log_group: LogGroup) -> Grant:
    """Write flow logs to an existing log group.

    AWS also lists CreateLogGroup and DescribeLogGroups, for a role that serves any group; aws/aws-cdk grants neither.
    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return Grant(
        sid="WriteFlowLogs",
        actions=(logs.CreateLogStream, logs.DescribeLogStreams, logs.PutLogEvents),
        resources=(GetAtt(log_group, "Arn"),),
        why="Each network interface has a stream in the log group of the stack.",
    )
