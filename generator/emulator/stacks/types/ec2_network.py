"""Amazon EC2: networks and their flow logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generator.cloudformation.refusals import FailedError
from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed, without
from generator.emulator.stacks.shapes import request
from generator.emulator.stacks.tags import tag


def _making(operation: str, answer: str, key: str, *apart: str) -> Callable[[ResourceContext, Properties], str]:
    """A function that creates a resource by one operation. Properties in `apart` are not its parameters."""

    def create(work: ResourceContext, properties: Properties) -> str:
        return str(request(work.client("ec2"), operation, without(properties, "Tags", *apart))[answer][key])

    return create


# VPC

_DNS = ("EnableDnsHostnames", "EnableDnsSupport")


def _settle_vpc(work: ResourceContext, vpc: str, new: Properties, old: Properties) -> None:
    for name in _DNS:
        if name in new and changed(old, new, name):
            value = str(new[name]).lower() == "true"
            work.client("ec2").modify_vpc_attribute(VpcId=vpc, **{name: {"Value": value}})
    tag(work, vpc, new, old)


def _vpc_attributes(work: ResourceContext, vpc: str, _properties: Properties) -> dict[str, Any]:
    client = work.client("ec2")
    (found,) = client.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    groups = client.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])
    lists = client.describe_network_acls(Filters=[*mine, {"Name": "default", "Values": ["true"]}])
    return {
        "VpcId": vpc,
        "CidrBlock": found["CidrBlock"],
        "CidrBlockAssociations": [one["AssociationId"] for one in found.get("CidrBlockAssociationSet", [])],
        "DefaultNetworkAcl": lists["NetworkAcls"][0]["NetworkAclId"],
        "DefaultSecurityGroup": groups["SecurityGroups"][0]["GroupId"],
    }


def _delete_vpc(work: ResourceContext, vpc: str, _properties: Properties) -> None:
    work.client("ec2").delete_vpc(VpcId=vpc)


# Subnets and their routes


def _settle_subnet(work: ResourceContext, subnet: str, new: Properties, old: Properties) -> None:
    if "MapPublicIpOnLaunch" in new and changed(old, new, "MapPublicIpOnLaunch"):
        value = str(new["MapPublicIpOnLaunch"]).lower() == "true"
        work.client("ec2").modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": value})
    tag(work, subnet, new, old)


def _subnet_attributes(work: ResourceContext, subnet: str, _properties: Properties) -> dict[str, Any]:
    (found,) = work.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"]
    return {key: found[key] for key in ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "SubnetId", "VpcId")}


def _associate(work: ResourceContext, properties: Properties) -> str:
    return str(request(work.client("ec2"), "AssociateRouteTable", properties)["AssociationId"])


# Flow logs


def _create_flow_log(work: ResourceContext, properties: Properties) -> str:
    settings = without(properties, "ResourceId", "Tags")
    made = request(work.client("ec2"), "CreateFlowLogs", settings, ResourceIds=[properties["ResourceId"]])
    if made.get("Unsuccessful"):
        raise FailedError(str(made["Unsuccessful"][0]["Error"]["Message"]))
    return str(made["FlowLogIds"][0])


TYPES = {
    "AWS::EC2::FlowLog": ResourceHandler(
        create=_create_flow_log,
        settle=tag,
        delete=lambda work, log, _: work.client("ec2").delete_flow_logs(FlowLogIds=[log]),
        attributes=lambda _work, log, _: {"Id": log},
    ),
    "AWS::EC2::RouteTable": ResourceHandler(
        create=_making("CreateRouteTable", "RouteTable", "RouteTableId"),
        settle=tag,
        delete=lambda work, table, _: work.client("ec2").delete_route_table(RouteTableId=table),
        attributes=lambda _work, table, _: {"RouteTableId": table},
    ),
    "AWS::EC2::Subnet": ResourceHandler(
        create=_making("CreateSubnet", "Subnet", "SubnetId", "MapPublicIpOnLaunch"),
        settle=_settle_subnet,
        delete=lambda work, subnet, _: work.client("ec2").delete_subnet(SubnetId=subnet),
        attributes=_subnet_attributes,
    ),
    "AWS::EC2::SubnetRouteTableAssociation": ResourceHandler(
        create=_associate,
        delete=lambda work, one, _: work.client("ec2").disassociate_route_table(AssociationId=one),
        attributes=lambda _work, one, _: {"Id": one},
    ),
    "AWS::EC2::VPC": ResourceHandler(
        create=_making("CreateVpc", "Vpc", "VpcId", *_DNS),
        settle=_settle_vpc,
        delete=_delete_vpc,
        attributes=_vpc_attributes,
    ),
}
