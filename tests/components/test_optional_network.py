"""Builds inside the private network, or outside."""

from __future__ import annotations

import pytest
from troposphere import encode_to_dict

from generator.checks.assertions import broken
from generator.components.optional_network import add_optional_network
from generator.render import to_dict
from generator.template import new_template

NETWORK = add_optional_network(TEMPLATE := new_template("Test"))
RENDERED = to_dict(TEMPLATE)
GIVEN = {
    "VpcId": "vpc-0a1b2c3d4e5f60718",
    "SubnetIds": "subnet-0a1b2c3d4e5f60718,subnet-0b1c2d3e4f5061728",
    "S3PrefixListId": "pl-6da54004",
    "EndpointSecurityGroupId": "sg-0a1b2c3d4e5f60718",
}


def _refused(**values: str) -> list[str]:
    given = {name: parameter.get("Default", "") for name, parameter in RENDERED["Parameters"].items()} | values
    return [message for _, message in broken(RENDERED["Rules"], given)]


def test_builds_are_private_unless_somebody_says_otherwise() -> None:
    """The default is the private network, which has to be named."""
    assert [f"BuildNetwork=private: type {name}." for name in GIVEN] == _refused()
    assert [] == _refused(**GIVEN)
    assert [] == _refused(BuildNetwork="internet")


@pytest.mark.parametrize("name", GIVEN)
def test_half_a_network_is_refused(name: str) -> None:
    """Each part that is missing is told."""
    assert [f"BuildNetwork=private: type {name}."] == _refused(**{**GIVEN, name: ""})


def test_a_network_that_nobody_uses_is_refused() -> None:
    """Who names a VPC and lets builds run outside of it has made a mistake."""
    assert ["BuildNetwork=internet: leave VpcId empty, or type private."] == _refused(BuildNetwork="internet", **GIVEN)


def test_outside_there_is_no_vpc_and_no_security_group() -> None:
    """What the network needs is made under the condition that builds run in it."""
    condition, _, otherwise = encode_to_dict(NETWORK.vpc_config())["Fn::If"]
    assert (NETWORK.only_if, {"Ref": "AWS::NoValue"}) == (condition, otherwise)
    assert NETWORK.only_if == RENDERED["Resources"]["BuildSecurityGroup"]["Condition"]
    assert NETWORK.only_if == RENDERED["Outputs"]["BuildSecurityGroupId"]["Condition"]


def test_inside_builds_reach_endpoints_and_s3_only() -> None:
    """On port 443 to the endpoints' group and to the prefix list of S3."""
    rules = RENDERED["Resources"]["BuildSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    assert [{"Ref": "EndpointSecurityGroupId"}, {"Ref": "S3PrefixListId"}] == [
        rule.get("DestinationSecurityGroupId") or rule.get("DestinationPrefixListId") for rule in rules
    ]
    assert {(443, 443, "tcp")} == {(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in rules}
