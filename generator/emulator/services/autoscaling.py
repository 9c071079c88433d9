"""Amazon EC2 Auto Scaling: a launched instance gets CodeDeploy's last deployment, by its lifecycle hook.

https://docs.aws.amazon.com/codedeploy/latest/userguide/integrations-aws-auto-scaling.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.codedeploy.models import codedeploy_backends

from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs import instance_deployments
from generator.emulator.services.codedeploy import group_of


def _set_capacity(context: OperationContext) -> Mapping[str, Any]:
    """Launch or terminate instances. One whose deployment fails is abandoned: Auto Scaling terminates it.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetDesiredCapacity.html
    """
    asked = context.call.parameters
    name, backend = asked["AutoScalingGroupName"], context.backend(autoscaling_backends)
    before = {each.instance.id for each in backend.autoscaling_groups[name].instance_states}
    backend.set_desired_capacity(name, int(asked["DesiredCapacity"]))
    new = [each.instance.id for each in backend.autoscaling_groups[name].instance_states]
    for instance in (each for each in new if each not in before):
        if not all(instance_deployments.launched(context.cloud, group, instance) for group in _groups(context, name)):
            backend.terminate_instance(instance, should_decrement=True)
    return {}


def _groups(context: OperationContext, name: str) -> Iterator[dict[str, Any]]:
    """The deployment groups that deploy to instances of the Auto Scaling group."""
    for application, groups in context.backend(codedeploy_backends).deployment_groups.items():
        for title, group in groups.items():
            if name in group.auto_scaling_groups:
                yield group_of(context, {"applicationName": application, "deploymentGroupName": title})


OPERATIONS: dict[str, Operation] = {"autoscaling:SetDesiredCapacity": _set_capacity}
