"""The network of a platform."""

from __future__ import annotations

from typing import Any

from troposphere import encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.platform_network import add_platform_network
from generator.model.template import new_template
from generator.publishing import render
from tests.ground import OWNER
from tests.resolved import resolved

NETWORK = add_platform_network(TEMPLATE := new_template("Test"), OWNER)
RENDERED: dict[str, Any] = render.to_dict(TEMPLATE)
GIVEN = {
    "VpcId": "vpc-0a1b2c3d4e5f60718",
    "SubnetIds": "subnet-0a1b2c3d4e5f60718",
    "EndpointSecurityGroupId": "sg-0a1b2c3d4e5f60718",
    "S3PrefixListId": "pl-6da54004",
}


def _config(**values: str) -> dict[str, Any]:
    project = {"Type": "T", "Properties": encode_to_dict(NETWORK.vpc_config())}
    return dict(resolved(RENDERED | {"Resources": {"Project": project}}, **values)["Project"])


def test_the_default_is_the_network_stack_main() -> None:
    """With every default, the platform imports the network of that name."""
    assert "ecr-pipeline:network:main:v1:VpcId" == _config()["VpcId"]


def test_none_is_an_existing_vpc() -> None:
    """`none` is no name of a network: the parameters of the VPC are used."""
    assert GIVEN["VpcId"] == _config(Network="none", **GIVEN)["VpcId"]


def test_an_existing_vpc_is_complete_and_chosen() -> None:
    """Half a VPC is refused, and a VPC in addition to a network stack."""
    values = {"Network": "main", **dict.fromkeys(GIVEN, "")}
    assert [] == list(broken(RENDERED["Rules"], values))
    assert [f"Network=none: enter {name}." for name in GIVEN] == [
        message for _, message in broken(RENDERED["Rules"], values | {"Network": "none"})
    ]
    assert ["Network is not none: leave VpcId, SubnetIds, EndpointSecurityGroupId, S3PrefixListId empty."] == [
        message for _, message in broken(RENDERED["Rules"], values | GIVEN)
    ]


def test_a_platform_always_builds_in_a_vpc() -> None:
    """Its network has no condition."""
    assert "" == NETWORK.only_if
    assert "Condition" not in RENDERED["Resources"]["BuildSecurityGroup"]
