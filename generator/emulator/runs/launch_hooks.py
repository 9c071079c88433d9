"""Lifecycle hooks with which Auto Scaling groups notify CodeDeploy of launched instances.

https://docs.aws.amazon.com/codedeploy/latest/userguide/integrations-aws-auto-scaling.html
"""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.answers import reason
from generator.emulator.front.cloud import Emulator

HOOK = "CodeDeploy-managed-automatic-launch-deployment-hook"


def settle(cloud: Emulator, role: str, wanted: Iterable[str], had: Iterable[str] = ()) -> None:
    """Put a hook into each of the `wanted` groups, and remove it from others, with CodeDeploy's role."""
    try:
        _settle(cloud, role, set(wanted), set(had))
    except ClientError as error:
        raise RefusedError(f"{error.operation_name}: {reason(error)}", "InvalidRoleException") from None


def _settle(cloud: Emulator, role: str, new: set[str], old: set[str]) -> None:
    autoscaling = cloud.client("autoscaling", role)
    for name in sorted(new):
        found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        if not found:
            raise RefusedError(f"The Auto Scaling group {name} does not exist", "InvalidAutoScalingGroupException")
        autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)
        autoscaling.put_lifecycle_hook(
            AutoScalingGroupName=name,
            LifecycleHookName=HOOK,
            LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
            HeartbeatTimeout=600,
            DefaultResult="ABANDON",
        )
    for name in sorted(old - new):
        autoscaling.delete_lifecycle_hook(AutoScalingGroupName=name, LifecycleHookName=HOOK)
