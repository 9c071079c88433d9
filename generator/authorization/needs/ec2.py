"""Amazon EC2: the network of builds, and the instances that CodeDeploy deploys to."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, asks_for, each_on

_INTERFACE = arn("ec2", "network-interface/{NetworkInterfaceId}")
_SUBNET = arn("ec2", "subnet/{SubnetId}")

NEEDS: Needs = {
    **each_on(
        arn("ec2", "security-group/{GroupId}"), "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"
    ),
    **each_on(
        "*",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstances",
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ),
    "ec2:CreateNetworkInterface": asks_for(
        "ec2:CreateNetworkInterface",
        arn("ec2", "network-interface/*"),
        _SUBNET,
        arn("ec2", "security-group/{Groups}"),
    ),
    "ec2:DeleteNetworkInterface": asks_for("ec2:DeleteNetworkInterface", _INTERFACE, context={"ec2:Subnet": _SUBNET}),
    "ec2:CreateNetworkInterfacePermission": asks_for(
        "ec2:CreateNetworkInterfacePermission",
        _INTERFACE,
        context={"ec2:Subnet": _SUBNET, "ec2:AuthorizedService": "{AwsService}"},
    ),
}
