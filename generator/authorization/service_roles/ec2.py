"""EC2: flow logs of a VPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.authorization.shared_routines import WRITE_LOG
from generator.cloudformation.offline_stack import OfflineStack

# The page also lists CreateLogGroup and DescribeLogGroups, for a role that serves any group; aws/aws-cdk grants neither
# for a group that exists.
FLOW_LOG = Routine(
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
    (("logs:DescribeLogStreams", {"logGroupName": "{LogGroup}"}), *WRITE_LOG.operations),
)


def _flow_log(_stack: OfflineStack, _title: str, log: Mapping[str, Any], _facts: Facts) -> Iterator[ServiceCall]:
    if "DeliverLogsPermissionArn" in log:
        yield from calls_in(FLOW_LOG, log["DeliverLogsPermissionArn"], {"LogGroup": log["LogGroupName"]})


ROLE_USERS: RoleUsers = {"AWS::EC2::FlowLog": _flow_log}
