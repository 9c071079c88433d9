"""A small VPC of a stack's own."""

from __future__ import annotations

import ipaddress
from typing import Any

from troposphere import encode_to_dict

from generator.components.closed_vpc import BLOCK, HOST_BITS, SUBNETS, add_closed_vpc
from generator.model.owner import Owner
from generator.model.template import new_template
from generator.publishing import render

CLOSED = add_closed_vpc(TEMPLATE := new_template("Test"), Owner("standalone", "${Name}"))
RESOURCES: dict[str, Any] = render.to_dict(TEMPLATE)["Resources"]


def _properties(name: str) -> dict[str, Any]:
    return dict(RESOURCES[name]["Properties"])


def test_no_choice_is_required() -> None:
    """The VPC has no parameter."""
    assert {} == TEMPLATE.parameters


def test_there_is_no_way_out() -> None:
    """The VPC has neither gateway nor route: the route table holds its own local route only."""
    types = {resource["Type"] for resource in RESOURCES.values()}
    assert {
        "AWS::EC2::VPC",
        "AWS::EC2::RouteTable",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::SecurityGroup",
    } == types


def test_every_subnet_has_that_route_table() -> None:
    """A subnet without an association would have the main route table of the VPC."""
    for subnet in SUBNETS:
        association = _properties(f"{subnet}Routes")
        assert ({"Ref": subnet}, {"Ref": "RouteTable"}) == (association["SubnetId"], association["RouteTableId"])


def test_the_subnets_fit_into_the_vpc() -> None:
    """Each is a part of the block and in a zone of its own, and the block is not the one of Docker."""
    block = ipaddress.IPv4Network(BLOCK)
    sizes = 2 ** int(HOST_BITS) * len(SUBNETS)
    assert sizes <= block.num_addresses
    assert not block.overlaps(ipaddress.IPv4Network("172.17.0.0/16"))
    for number, subnet in enumerate(SUBNETS):
        assert [number, {"Fn::Cidr": [BLOCK, 2, HOST_BITS]}] == _properties(subnet)["CidrBlock"]["Fn::Select"]
        assert [number, {"Fn::GetAZs": ""}] == _properties(subnet)["AvailabilityZone"]["Fn::Select"]


def test_private_dns_works_in_it() -> None:
    """Interface endpoints with private DNS require DNS support and DNS hostnames."""
    assert _properties("Vpc")["EnableDnsSupport"] is _properties("Vpc")["EnableDnsHostnames"] is True


def test_endpoints_admit_the_builds_only() -> None:
    """Their security group admits the group of the builds on port 443, and has no way out."""
    group = _properties("EndpointSecurityGroup")
    (rule,) = group["SecurityGroupIngress"]
    assert ({"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]}, 443, 443) == (
        rule["SourceSecurityGroupId"],
        rule["FromPort"],
        rule["ToPort"],
    )
    assert ["127.0.0.1/32"] == [rule["CidrIp"] for rule in group["SecurityGroupEgress"]]


def test_builds_use_https_alone() -> None:
    """One rule, for port 443. The routes decide where it leads."""
    (rule,) = _properties("BuildSecurityGroup")["SecurityGroupEgress"]
    assert "0.0.0.0/0" == rule["CidrIp"]
    assert ("tcp", 443, 443) == (rule["IpProtocol"], rule["FromPort"], rule["ToPort"])


def test_builds_and_endpoints_share_the_subnets() -> None:
    """The handle has the network of the builds and the places of the endpoints, all in this VPC."""
    subnets = [{"Ref": subnet} for subnet in SUBNETS]
    network, endpoints = CLOSED
    assert {"network": subnets, "endpoints": subnets} == encode_to_dict(
        {"network": network.subnet_ids, "endpoints": list(endpoints.subnet_ids)}
    )
    assert [{"Ref": "Vpc"}, {"Ref": "Vpc"}] == encode_to_dict([network.vpc_id, endpoints.vpc_id])
    assert [{"Ref": "RouteTable"}] == encode_to_dict(list(endpoints.route_table_ids))
    assert ["EndpointSecurityGroup", "GroupId"] == encode_to_dict(endpoints.security_group_id)["Fn::GetAtt"]
    assert "" == network.only_if


def test_the_vpc_is_named_after_the_stack() -> None:
    """Consoles show the tag Name."""
    (tag,) = _properties("Vpc")["Tags"]
    assert {"Key": "Name", "Value": {"Fn::Sub": "ecr-pipeline-${Name}"}} == tag
