"""A VPC for builds: private subnets in two or three zones, and no way out of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from troposphere import Cidr, Equals, GetAtt, GetAZs, If, Join, NoValue, Ref, Select, Split, Sub, Template
from troposphere.ec2 import VPC, RouteTable, Subnet, SubnetRouteTableAssociation

from generator.model.export_names import add_export
from generator.model.owner import Owner
from generator.model.parameters import EACH_ONCE, add_choice, add_condition, add_parameter, is_given

GROUP = "Network"
FIXED = "Cannot be changed while a platform uses the network."
SUBNETS = ("FirstSubnet", "SecondSubnet", "ThirdSubnet")
THREE_ZONES, NAMED_ZONES = "ThreeZones", "NamedZones"
ZONE = "[a-z]{2}(-[a-z]+)+-[0-9][a-z0-9-]*"
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
FOURTH = "([048]|[2468][048]|[13579][26]|1([02468][048]|[13579][26])|2([024][048]|[13][26]|52))"
SIXTEENTH = "(0|16|32|48|64|80|96|112|128|144|160|176|192|208|224|240)"
# 172.17.0.0/16 is the Docker daemon's own network in a build: what has such an address cannot be reached from there.
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
PRIVATE = rf"(10\.{BYTE}|172\.(1[689]|2[0-9]|3[01])|192\.168)"
BLOCK = rf"^{PRIVATE}\.({BYTE}\.0/24|{FOURTH}\.0/22|{SIXTEENTH}\.0/20)$"


class Vpc(NamedTuple):
    """The VPC and its parts. The third subnet and its address block exist with three zones only."""

    id: Ref
    default_security_group_id: GetAtt
    route_table_id: Ref
    subnet_ids: tuple[object, ...]
    blocks: tuple[object, ...]


def add_vpc(template: Template, owner: Owner) -> Vpc:
    """A VPC without internet gateway and NAT. Its subnets are cut from its block: they fit and never overlap.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html

    The default network ACL stays: an ACL has no prefix lists and is stateless, so that one which admits answers of S3
    admits traffic from every address. Security groups limit the traffic, and routes lead only to endpoints.
    """
    block = add_parameter(
        template,
        "VpcCidr",
        group=GROUP,
        label="VPC addresses",
        description="Private address block. Each subnet gets a quarter of it. " + FIXED,
        Default="10.64.0.0/24",
        AllowedPattern=BLOCK,
        ConstraintDescription="Enter a private block of /24, /22 or /20, such as 10.64.0.0/24. "
        "172.17.0.0/16 is not allowed: Docker uses it.",
    )
    zones = add_choice(
        template,
        "Zones",
        group=GROUP,
        label="Availability zones",
        description="Number of zones with a subnet. Each interface endpoint is billed for each zone. " + FIXED,
        choices=("2", "3"),
    )
    add_condition(template, THREE_ZONES, Equals(zones, "3"))
    # Endpoints with private names need both DNS attributes.
    # https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    vpc = VPC("Vpc", CidrBlock=block, EnableDnsSupport=True, EnableDnsHostnames=True, Tags=named(owner))
    routes = RouteTable("RouteTable", VpcId=Ref(vpc), Tags=named(owner))
    template.add_resource(vpc)
    template.add_resource(routes)
    pieces = _quarters(template, block)
    blocks = tuple(Select(number, pieces) for number in range(len(SUBNETS)))
    names = _add_zone_names(template)
    for number, piece in enumerate(blocks):
        zone = If(NAMED_ZONES, Select(number, Split(",", names)), Select(number, GetAZs("")))
        _add_subnet(template, owner, number, vpc=vpc, routes=routes, block=piece, zone=zone)
    *first_two, third = map(Ref, SUBNETS)
    add_export(template, "network", "VpcId", Ref(vpc), "VPC of the builds")
    add_export(
        template,
        "network",
        "SubnetIds",
        If(THREE_ZONES, Join(",", [*first_two, third]), Join(",", first_two)),
        "Subnets of the builds, one in each zone",
    )
    return Vpc(
        id=Ref(vpc),
        default_security_group_id=GetAtt(vpc, "DefaultSecurityGroup"),
        route_table_id=Ref(routes),
        subnet_ids=(*first_two, in_three_zones(third)),
        blocks=blocks,
    )


def in_three_zones(value: object) -> If:
    """The value as an item of a list, which exists with three zones only."""
    return If(THREE_ZONES, value, NoValue)


def _add_zone_names(template: Template) -> Ref:
    """The names of the zones. AWS can list them in another order later, which would change the subnets.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
    """
    names = add_parameter(
        template,
        "ZoneNames",
        group=GROUP,
        label="Zone names",
        description="Three zones separated by commas; Zones=2 uses the first two. Empty: the first that AWS lists. "
        + FIXED,
        Default="",
        AllowedPattern=f"^{EACH_ONCE}({ZONE}(,{ZONE}){{2}})?$",
        ConstraintDescription="Enter three zones separated by commas, such as eu-west-1a,eu-west-1b,eu-west-1c, "
        "or leave it empty.",
    )
    add_condition(template, NAMED_ZONES, is_given(names))
    return names


def _quarters(template: Template, block: Ref) -> If:
    """A quarter of the block for each subnet. The number of host bits follows from the prefix length of the block."""
    length = Select(1, Split("/", block))
    add_condition(template, "LargeBlock", Equals(length, "20"))
    add_condition(template, "MediumBlock", Equals(length, "22"))
    # Fn::Cidr counts the bits of the hosts, not those of the network: 6 bits are a /26.
    large, medium, small = (Cidr(block, len(SUBNETS), bits) for bits in ("10", "8", "6"))
    return If("LargeBlock", large, If("MediumBlock", medium, small))


def named(owner: Owner, suffix: str = "") -> list[dict[str, object]]:
    """The tag that consoles show as the name."""
    return [{"Key": "Name", "Value": Sub(f"ecr-pipeline-{owner.name}{suffix}")}]


def _add_subnet(
    template: Template, owner: Owner, number: int, *, vpc: VPC, routes: RouteTable, block: Select, zone: If
) -> None:
    """A subnet with the route table `routes`, which has the VPC's own routes and those of gateway endpoints."""
    name = SUBNETS[number]
    optional: dict[str, Any] = {"Condition": THREE_ZONES} if name == SUBNETS[-1] else {}
    subnet = Subnet(
        name,
        VpcId=Ref(vpc),
        CidrBlock=block,
        AvailabilityZone=zone,
        Tags=named(owner, f"-{number + 1}"),
        **optional,
    )
    template.add_resource(subnet)
    template.add_resource(
        SubnetRouteTableAssociation(f"{name}Routes", SubnetId=Ref(subnet), RouteTableId=Ref(routes), **optional)
    )
