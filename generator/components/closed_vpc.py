"""A small VPC of a stack's own: two private subnets without any route but to VPC endpoints."""

from __future__ import annotations

from typing import NamedTuple

from troposphere import Cidr, GetAtt, GetAZs, Ref, Select, Sub, Template
from troposphere.ec2 import VPC, RouteTable, SecurityGroup, SecurityGroupRule, Subnet, SubnetRouteTableAssociation

from generator.components.network import Endpoints, Network, add_build_group, https, nowhere
from generator.components.vpc import named
from generator.model.owner import Owner

BLOCK = "10.64.0.0/24"  # not of 172.17.0.0/16, which the Docker daemon of a build uses itself
HOST_BITS = "6"  # 64 addresses a subnet
SUBNETS = ("FirstSubnet", "SecondSubnet")


class ClosedVpc(NamedTuple):
    """The network of the builds, and the places of its endpoints, which depend on the calls of the builds."""

    network: Network
    endpoints: Endpoints


def add_closed_vpc(template: Template, owner: Owner) -> ClosedVpc:
    """A VPC without internet gateway and NAT. It has no options, because it holds the builds of only one stack.

    The builds' security group leads to 0.0.0.0/0 on port 443, because the id of the prefix list of S3 differs by region
    and no CloudFormation attribute gives it. The route table has no route but the local one and that of the S3 gateway
    endpoint, so that the rule opens a way to endpoints only.
    """
    # Endpoints with private names need both DNS attributes.
    # https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    vpc = VPC("Vpc", CidrBlock=BLOCK, EnableDnsSupport=True, EnableDnsHostnames=True, Tags=named(owner))
    routes = RouteTable("RouteTable", VpcId=Ref(vpc), Tags=named(owner))
    template.add_resource(vpc)
    template.add_resource(routes)
    for number, title in enumerate(SUBNETS):
        subnet = Subnet(
            title,
            VpcId=Ref(vpc),
            CidrBlock=Select(number, Cidr(BLOCK, len(SUBNETS), HOST_BITS)),
            # The order of the zones can change, and a subnet cannot move. `network` has a parameter for their names.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
            AvailabilityZone=Select(number, GetAZs("")),
        )
        template.add_resource(subnet)
        template.add_resource(
            SubnetRouteTableAssociation(f"{title}Routes", SubnetId=Ref(subnet), RouteTableId=Ref(routes))
        )
    subnet_ids = [Ref(title) for title in SUBNETS]
    out = SecurityGroupRule(CidrIp="0.0.0.0/0", **https("The VPC has routes to its endpoints only"))
    builds = add_build_group(template, owner, Ref(vpc), [out])
    endpoints = SecurityGroup(
        "EndpointSecurityGroup",
        GroupDescription=Sub(f"Endpoints of {owner.name}: in from its builds"),
        VpcId=Ref(vpc),
        SecurityGroupIngress=[SecurityGroupRule(SourceSecurityGroupId=builds, **https("From the builds"))],
        SecurityGroupEgress=[nowhere()],
    )
    template.add_resource(endpoints)
    return ClosedVpc(
        Network(Ref(vpc), subnet_ids, builds),
        Endpoints(Ref(vpc), subnet_ids, GetAtt(endpoints, "GroupId"), [Ref(routes)]),
    )
