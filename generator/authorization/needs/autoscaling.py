"""Amazon EC2 Auto Scaling. The ARN of a group contains an id that no call has."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, each_on

_ID = "00000000-0000-0000-0000-000000000000"
_GROUP = arn("autoscaling", f"autoScalingGroup:{_ID}:autoScalingGroupName/{{AutoScalingGroupName}}")

NEEDS: Needs = {
    **each_on(
        _GROUP,
        "autoscaling:CompleteLifecycleAction",
        "autoscaling:DeleteLifecycleHook",
        "autoscaling:PutLifecycleHook",
        "autoscaling:RecordLifecycleActionHeartbeat",
    ),
    **each_on("*", "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLifecycleHooks"),
}
