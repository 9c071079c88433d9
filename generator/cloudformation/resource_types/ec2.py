"""Amazon EC2."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::EC2::FlowLog": ResourceType(
        role="DeliverLogsPermissionArn",
        assumed_by="vpc-flow-logs",
        purpose="Records which connections in a VPC were accepted and rejected.",
    ),
    "AWS::EC2::RouteTable": ResourceType(physical_id="rtb-{serial:.17}", purpose="Routes the traffic of subnets."),
    "AWS::EC2::SecurityGroup": ResourceType(
        arn=REGIONAL + "security-group/{name}",
        physical_id="sg-{serial:.17}",
        purpose="Decides which connections network interfaces may open and accept.",
    ),
    "AWS::EC2::Subnet": ResourceType(
        arn=REGIONAL + "subnet/{name}",
        physical_id="subnet-{serial:.17}",
        purpose="A range of addresses of a VPC in one Availability Zone.",
    ),
    "AWS::EC2::VPC": ResourceType(
        arn=REGIONAL + "vpc/{name}", physical_id="vpc-{serial:.17}", purpose="A network of its own for builds."
    ),
    "AWS::EC2::VPCEndpoint": ResourceType(
        arn=REGIONAL + "vpc-endpoint/{name}",
        physical_id="vpce-{serial:.17}",
        purpose="Connects to one AWS service without internet access, and limits which calls are allowed.",
    ),
    "AWS::EC2::SecurityGroupIngress": ResourceType(
        purpose="Lets one more source connect to the members of a security group."
    ),
    "AWS::EC2::SubnetRouteTableAssociation": ResourceType(purpose="Gives a subnet its route table."),
}
