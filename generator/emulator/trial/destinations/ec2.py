"""The destination of deployer-ec2: two instances with a tag for staging, an Auto Scaling group for other stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.emulator.trial import deployment
from generator.emulator.trial.deploy_context import DeployContext, Destination

COUNT = 2
# A role that has the policy of the deployer once there is one, as the owner of the instances would write it.
ROLE: dict[str, Any] = {
    "Parameters": {"PolicyArn": {"Type": "String", "Default": ""}},
    "Conditions": {"HasPolicy": {"Fn::Not": [{"Fn::Equals": [{"Ref": "PolicyArn"}, ""]}]}},
    "Resources": {
        "InstanceRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "ec2.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "ManagedPolicyArns": {"Fn::If": ["HasPolicy", [{"Ref": "PolicyArn"}], {"Ref": "AWS::NoValue"}]},
            },
        },
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "InstanceRole"}]}},
    },
    "Outputs": {"Profile": {"Value": {"Ref": "Profile"}}},
}


def _instances(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    name = f"{given['Name']}-{stage}"
    profile = deployment.deploy(site.cloud, _stack(stage), ROLE, {})["Profile"]
    own = {
        "PipelineName": given["Name"],
        "Stage": stage,
        "RepositoryName": given["RepositoryName"],
        "ContainerName": given["Name"],
        "Platform": given["Platform"],
    }
    if stage == "staging":
        _tagged(site, name, profile)
        return {**own, "InstanceTag": f"Service={name}"}
    _group(site, name, profile)
    return {**own, "AutoScalingGroupName": name}


def _tagged(site: DeployContext, name: str, profile: str) -> None:
    ec2 = site.cloud.inside("ec2")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Service", "Value": name}]}]
    for _ in range(COUNT):  # of several in one call, moto gives the profile to the first
        ec2.run_instances(
            ImageId=_image(ec2),
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile={"Name": profile},
            TagSpecifications=tags,
        )


def _group(site: DeployContext, name: str, profile: str) -> None:
    ec2, autoscaling = site.cloud.inside("ec2"), site.cloud.inside("autoscaling")
    data = {"ImageId": _image(ec2), "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": profile}}
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
        MinSize=0,
        MaxSize=9,
        DesiredCapacity=COUNT,
        AvailabilityZones=[ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]],
    )


def _image(ec2: Any) -> str:
    return str(ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"])


def _attach(site: DeployContext, stage: str, outputs: Mapping[str, str]) -> None:
    """Attach the policy to the instances' role, as their owner does."""
    deployment.deploy(site.cloud, _stack(stage), ROLE, {"PolicyArn": outputs["InstancePolicyArn"]})


def _stack(stage: str) -> str:
    return f"{stage}-instances"


DESTINATIONS = {"deployer-ec2": Destination(_instances, finish=_attach)}
