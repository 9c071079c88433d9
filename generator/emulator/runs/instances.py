"""Instances that CodeDeploy deploys to: folders of this machine, and their programs.

EC2 instances are those of the emulated EC2, on-premises instances those that are registered with CodeDeploy.
https://docs.aws.amazon.com/codedeploy/latest/userguide/instances.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from generator.authorization.authorized_calls import ServiceCall
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs import host_docker


@dataclass
class OnPremises:
    """Registered instances by their names: the session that they act with, and their tags."""

    by_name: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Machines:
    """The environment of the instances of an account and region. It is set before anything is deployed to one."""

    folder: Path | None = None
    path: str = ""
    """The search path of their scripts, in which `docker` is that of builds."""
    permits: Callable[[ServiceCall], str] = lambda _: ""
    silent: set[str] = field(default_factory=set)
    """Instances whose agent does not answer."""
    previous: dict[tuple[str, str], Path] = field(default_factory=dict)
    """The last revision that was deployed successfully, by instance and id of the group."""

    def begin(self, folder: Path, path: str, permits: Callable[[ServiceCall], str]) -> None:
        """Let instances run scripts from now on."""
        self.folder, self.path, self.permits = folder, path, permits

    def home(self, instance: str) -> Path:
        """The folder of an instance."""
        if self.folder is None:
            raise NotImplementedError("instances are emulated in a trial only")
        return self.folder / instance

    def engine(self, instance: str) -> dict[str, Any]:
        """The images and containers of an instance."""
        file = self.home(instance) / "engine.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else dict(host_docker.EMPTY)

    def break_images(self, instance: str, *digests: str) -> None:
        """Let containers of these images not stay up on the instance from now on."""
        self.home(instance).mkdir(parents=True, exist_ok=True)
        state = {**self.engine(instance), "sick": list(digests)}
        (self.home(instance) / "engine.json").write_text(json.dumps(state), encoding="utf-8")


class Found(NamedTuple):
    """An instance of a deployment group, and the role that it acts with."""

    name: str
    role: str
    runs: bool = True


def instances_of(cloud: Emulator, group: Mapping[str, Any]) -> Iterator[Found]:
    """The instances of a deployment group, each once, found with the permissions of its role."""
    role = group["serviceRoleArn"]
    names: dict[str, None] = {}
    for each in group.get("ec2TagFilters") or ():
        where = [{"Key": each["Key"], "Values": [each["Value"]]}]
        cloud.client("resourcegroupstaggingapi", role).get_resources(
            TagFilters=where, ResourceTypeFilters=["ec2:instance"]
        )
        filters = [{"Name": f"tag:{each['Key']}", "Values": [each["Value"]]}]
        found = cloud.client("ec2", role).describe_instances(Filters=filters)["Reservations"]
        names |= {one["InstanceId"]: None for part in found for one in part["Instances"]}
    for name in group.get("autoScalingGroups") or ():
        found = cloud.client("autoscaling", role).describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        names |= {one["InstanceId"]: None for each in found["AutoScalingGroups"] for one in each["Instances"]}
    yield from _of_ec2(cloud, role, list(names))
    for each in group.get("onPremisesInstanceTagFilters") or ():
        for name, one in cloud.memory(OnPremises).by_name.items():
            if {"Key": each["Key"], "Value": each["Value"]} in one["tags"]:
                yield Found(name, one["role"])


def _of_ec2(cloud: Emulator, role: str, names: list[str]) -> Iterator[Found]:
    """Instances that were not terminated. A stopped one counts as failing.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html#minimum-healthy-hosts
    """
    if not names:
        return
    ec2 = cloud.client("ec2", role)
    described = ec2.describe_instances(InstanceIds=names)["Reservations"]
    ec2.describe_instance_status(InstanceIds=names, IncludeAllInstances=True)
    for one in (one for part in described for one in part["Instances"]):
        state = one["State"]["Name"]
        if state not in ("terminated", "shutting-down"):
            yield Found(one["InstanceId"], _role_of(cloud, one), state == "running")


def _role_of(cloud: Emulator, instance: Mapping[str, Any]) -> str:
    """The ARN of the role in the instance's profile; "" if it has none."""
    given = instance.get("IamInstanceProfile") or _of_template(cloud, instance)
    profile = given.get("Name") or given.get("Arn", "").rpartition("/")[2]
    if not profile:
        return ""
    roles = cloud.inside("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
    return str(roles[0]["Arn"]) if roles else ""


def _of_template(cloud: Emulator, instance: Mapping[str, Any]) -> Mapping[str, str]:
    """The profile in the launch template of its Auto Scaling group, which moto does not apply to launched instances."""
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())}
    names = [tags.get("aws:autoscaling:groupName", "")]
    for group in cloud.inside("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)[
        "AutoScalingGroups"
    ]:
        template = group["LaunchTemplate"]
        versions = cloud.inside("ec2").describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
        )["LaunchTemplateVersions"]
        return dict(versions[0]["LaunchTemplateData"].get("IamInstanceProfile", {}))
    return {}
