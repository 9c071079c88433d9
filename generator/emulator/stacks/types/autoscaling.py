"""Amazon EC2 Auto Scaling."""

from __future__ import annotations

from typing import Any

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request


def _settings(properties: Properties) -> dict[str, Any]:
    """The properties for the API, where the subnets are one text."""
    subnets = ",".join(properties["VPCZoneIdentifier"])
    return {**without(properties, "AutoScalingGroupName", "DesiredCapacity"), "VPCZoneIdentifier": subnets}


def _create(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("AutoScalingGroupName") or work.name(255))
    capacity = int(properties.get("DesiredCapacity", properties["MinSize"]))
    request(
        work.client("autoscaling"),
        "CreateAutoScalingGroup",
        _settings(properties),
        AutoScalingGroupName=name,
        DesiredCapacity=capacity,
    )
    return name


def _update(work: ResourceContext, name: str, new: Properties, _old: Properties) -> None:
    client = work.client("autoscaling")
    request(client, "UpdateAutoScalingGroup", _settings(new), AutoScalingGroupName=name)
    if "DesiredCapacity" in new:
        client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=int(new["DesiredCapacity"]))


TYPES = {
    "AWS::AutoScaling::AutoScalingGroup": ResourceHandler(
        create=_create,
        update=_update,
        delete=lambda work, name, _: work.client("autoscaling").delete_auto_scaling_group(
            AutoScalingGroupName=name, ForceDelete=True
        ),
    ),
}
