"""Where images are built."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.image_network import add_image_network
from generator.model.template import new_template
from generator.publishing.render import to_dict
from tests.rendered import strings

NETWORK = add_image_network(TEMPLATE := new_template("Test"))
RENDERED = to_dict(TEMPLATE)


def test_builds_are_private_by_default() -> None:
    """The default is the network of the platform, for which no parameter is required."""
    assert ("platform", ["platform", "internet"]) == (
        RENDERED["Parameters"]["BuildNetwork"]["Default"],
        RENDERED["Parameters"]["BuildNetwork"]["AllowedValues"],
    )
    assert ["BuildNetwork"] == list(RENDERED["Parameters"])
    assert {"InVpc": {"Fn::Equals": [{"Ref": "BuildNetwork"}, "platform"]}} == RENDERED["Conditions"]


def test_the_network_is_that_of_the_platform() -> None:
    """VPC, subnets and security group are imported by the platform's name; the subnets are joined by commas."""
    condition, config, otherwise = encode_to_dict(NETWORK.vpc_config())["Fn::If"]
    assert ("InVpc", {"Ref": "AWS::NoValue"}) == (condition, otherwise)
    name = "ecr-pipeline:platform:${{Platform}}:v1:{}"
    assert {
        "VpcId": {"Fn::ImportValue": {"Fn::Sub": name.format("VpcId")}},
        "Subnets": {"Fn::Split": [",", {"Fn::ImportValue": {"Fn::Sub": name.format("SubnetIds")}}]},
        "SecurityGroupIds": [{"Fn::ImportValue": {"Fn::Sub": name.format("BuildSecurityGroupId")}}],
    } == config


def test_the_platform_admits_a_build_by_its_own_policy() -> None:
    """No template of image builds says which network interfaces its roles may create."""
    assert {"Fn::ImportValue": {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:BuildPolicyArn"}} == encode_to_dict(
        NETWORK.policy
    )


def test_conditions_import_nothing() -> None:
    """CloudFormation refuses Fn::ImportValue in conditions and rules."""
    assert "Fn::ImportValue" not in strings([RENDERED["Conditions"], RENDERED.get("Rules", {})])
