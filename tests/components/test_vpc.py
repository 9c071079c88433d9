"""The VPC of the builds."""

from __future__ import annotations

import ipaddress
import re
from itertools import product

import pytest

from generator.components.vpc import BLOCK, add_vpc
from generator.model.owner import Owner
from generator.model.template import new_template
from generator.publishing import render
from tests.rendered import Rendered

DOCKER = ipaddress.IPv4Network("172.17.0.0/16")
PRIVATE = [ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
LENGTHS = ("20", "22", "24")


def _rendered() -> Rendered:
    template = new_template("Test")
    add_vpc(template, Owner("network", "${Network}"))
    return render.to_dict(template)


def _is_fit(text: str) -> bool:
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError:
        return False
    return (
        text.endswith(tuple(f"/{length}" for length in LENGTHS))
        and any(block.subnet_of(private) for private in PRIVATE)
        and not block.overlaps(DOCKER)
    )


STARTS = (
    *("10.0", "10.64", "10.255", "10.256", "11.0", "0.0", "100.64", "8.8"),
    *("172.2", "172.15", "172.16", "172.17", "172.18", "172.31", "172.32", "192.167", "192.168", "192.169"),
)


@pytest.mark.parametrize("start", STARTS)
def test_the_pattern_takes_private_blocks_of_three_sizes(start: str) -> None:
    """A block that is too small or too large, public, Docker's own, or begins in its middle, is refused."""
    for three, four, length in product(range(260), (0, 1, 64), (8, 16, 19, 20, 21, 22, 23, 24, 25, 28)):
        text = f"{start}.{three}.{four}/{length}"
        assert _is_fit(text) == bool(re.match(BLOCK, text)), text


@pytest.mark.parametrize("text", ["", "10.64.0.0", "10.64.0.0/24 ", "10.064.0.0/24", "010.64.0.0/24", "10.64.0.0/024"])
def test_a_block_has_one_form(text: str) -> None:
    """Otherwise the condition on its length would not find it."""
    assert re.match(BLOCK, text) is None


@pytest.mark.parametrize("length", LENGTHS)
def test_three_subnets_fit_into_every_block(length: str) -> None:
    """Each subnet is a quarter of the block: three fit, and EC2 takes their size."""
    rendered = _rendered()
    true = {name for name in ("LargeBlock", "MediumBlock") if rendered["Conditions"][name]["Fn::Equals"][1] == length}
    pieces = rendered["Resources"]["FirstSubnet"]["Properties"]["CidrBlock"]["Fn::Select"][1]
    while "Fn::If" in pieces:
        condition, yes, no = pieces["Fn::If"]
        pieces = yes if condition in true else no
    bits = pieces["Fn::Cidr"][2]
    assert 32 - int(length) - 2 == int(bits)
    assert 4 <= int(bits) <= 16  # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html


def test_the_third_zone_can_be_chosen() -> None:
    """Two zones have a subnet; with three zones there is a third subnet with its route and its id."""
    rendered = _rendered()
    there = {name for name, resource in rendered["Resources"].items() if "Condition" in resource}
    assert {"ThirdSubnet", "ThirdSubnetRoutes"} == there
    assert {"Fn::Equals": [{"Ref": "Zones"}, "3"]} == rendered["Conditions"]["ThreeZones"]
    condition, three, two = rendered["Outputs"]["SubnetIds"]["Value"]["Fn::If"]
    assert "ThreeZones" == condition
    assert [{"Ref": "FirstSubnet"}, {"Ref": "SecondSubnet"}, {"Ref": "ThirdSubnet"}] == three["Fn::Join"][1]
    assert [{"Ref": "FirstSubnet"}, {"Ref": "SecondSubnet"}] == two["Fn::Join"][1]


def test_private_dns_works_in_it() -> None:
    """Interface endpoints with private DNS need DNS support and DNS hostnames."""
    vpc = _rendered()["Resources"]["Vpc"]["Properties"]
    assert vpc["EnableDnsSupport"] is vpc["EnableDnsHostnames"] is True


def test_vpc_and_subnets_are_exported() -> None:
    """Both under the name of the network, the subnets as one text."""
    outputs = _rendered()["Outputs"]
    assert {name: f"ecr-pipeline:network:${{Network}}:v1:{name}" for name in ("VpcId", "SubnetIds")} == {
        name: output["Export"]["Name"]["Fn::Sub"] for name, output in outputs.items()
    }
    assert {"Ref": "Vpc"} == outputs["VpcId"]["Value"]


def test_the_vpc_is_named_after_the_network() -> None:
    """Consoles show the tag Name, with a number for each subnet."""
    resources = _rendered()["Resources"]
    assert ["ecr-pipeline-${Network}", "ecr-pipeline-${Network}-1", "ecr-pipeline-${Network}-2"] == [
        resources[name]["Properties"]["Tags"][0]["Value"]["Fn::Sub"] for name in ("Vpc", "FirstSubnet", "SecondSubnet")
    ]
