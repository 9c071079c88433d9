"""Amazon EC2."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::EC2::FlowLog": ResourceType(role="DeliverLogsPermissionArn", assumed_by="vpc-flow-logs"),
    "AWS::EC2::RouteTable": ResourceType(physical_id="rtb-{serial:.17}"),
    "AWS::EC2::SecurityGroup": ResourceType(arn=REGIONAL + "security-group/{name}", physical_id="sg-{serial:.17}"),
    "AWS::EC2::Subnet": ResourceType(arn=REGIONAL + "subnet/{name}", physical_id="subnet-{serial:.17}"),
    "AWS::EC2::VPC": ResourceType(arn=REGIONAL + "vpc/{name}", physical_id="vpc-{serial:.17}"),
    "AWS::EC2::VPCEndpoint": ResourceType(arn=REGIONAL + "vpc-endpoint/{name}", physical_id="vpce-{serial:.17}"),
}
