"""Builds in an existing VPC, or in the VPC of a network stack."""

from __future__ import annotations

from typing import Any

from troposphere import Template, encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.chosen_network import add_chosen_network
from generator.components.network import Network, to_endpoints
from generator.model.template import new_template
from generator.publishing import render
from tests.ground import OWNER
from tests.resolved import resolved

GIVEN = {
    "VpcId": "vpc-0a1b2c3d4e5f60718",
    "SubnetIds": "subnet-0a1b2c3d4e5f60718,subnet-0b1c2d3e4f5061728",
    "EndpointSecurityGroupId": "sg-0a1b2c3d4e5f60718",
    "S3PrefixListId": "pl-6da54004",
}


def _added(*leads_to: object) -> tuple[Template, Network]:
    template = new_template("Test")
    return template, add_chosen_network(template, OWNER, leads_to)


def _made(**values: str) -> dict[str, Any]:
    """The properties of the build group, and of a project, in a stack with these values."""
    template, network = _added()
    rendered = render.to_dict(template)
    project = {"Type": "T", "Properties": {"VpcConfig": encode_to_dict(network.vpc_config())}}
    return resolved(rendered | {"Resources": {**rendered["Resources"], "Project": project}}, **values)


def test_an_existing_vpc_is_the_default() -> None:
    """All choices are explained."""
    parameter = _added()[0].parameters["BuildNetwork"].to_dict()
    assert ("existing", ["existing", "nat", "network"]) == (parameter["Default"], parameter["AllowedValues"])
    assert all(f"{choice}: " in parameter["Description"] for choice in parameter["AllowedValues"])


def test_builds_run_in_an_existing_vpc() -> None:
    """Everything is a parameter, and nothing is imported."""
    made = _made(**GIVEN)
    config = made["Project"]["VpcConfig"]
    assert (GIVEN["VpcId"], GIVEN["SubnetIds"].split(",")) == (config["VpcId"], config["Subnets"])
    assert ["BuildSecurityGroup.GroupId"] == config["SecurityGroupIds"]
    assert "ecr-pipeline:" not in str(made)


def test_builds_run_in_the_vpc_of_a_network_stack() -> None:
    """VPC, subnets, endpoints and prefix list are imports by the name of the network, which is a parameter."""
    assert "main" == _added()[0].parameters["Network"].to_dict()["Default"]
    made = _made(BuildNetwork="network", Network="shared")
    config = made["Project"]["VpcConfig"]
    assert "ecr-pipeline:network:shared:v1:VpcId" == config["VpcId"] == made["BuildSecurityGroup"]["VpcId"]
    assert ["ecr-pipeline:network:shared:v1:SubnetIds"] == config["Subnets"]
    endpoints, s3 = made["BuildSecurityGroup"]["SecurityGroupEgress"]
    assert "ecr-pipeline:network:shared:v1:EndpointSecurityGroupId" == endpoints["DestinationSecurityGroupId"]
    assert "ecr-pipeline:network:shared:v1:S3PrefixListId" == s3["DestinationPrefixListId"]


def test_builds_reach_aws_through_a_nat_gateway() -> None:
    """By choice, and only then, they reach every address on port 443: such a VPC may have no endpoints to name."""
    place = {name: GIVEN[name] for name in ("VpcId", "SubnetIds")}
    made = _made(BuildNetwork="nat", **place)
    assert place["VpcId"] == made["Project"]["VpcConfig"]["VpcId"] == made["BuildSecurityGroup"]["VpcId"]
    [rule] = made["BuildSecurityGroup"]["SecurityGroupEgress"]
    assert ("0.0.0.0/0", 443, 443) == (rule["CidrIp"], rule["FromPort"], rule["ToPort"])
    for values in (GIVEN, {"BuildNetwork": "network"}):
        rules = _made(**values)["BuildSecurityGroup"]["SecurityGroupEgress"]
        assert [] == [rule for rule in rules if "CidrIp" in rule]


def test_the_group_of_the_builds_is_an_output() -> None:
    """Security groups of the destinations of builds can admit it."""
    output = render.to_dict(_added()[0])["Outputs"]["BuildSecurityGroupId"]
    assert {"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]} == output["Value"]


def test_builds_always_run_in_a_vpc() -> None:
    """The network has no condition, and its policy is created by the stack."""
    assert ("", None) == (_added()[1].only_if, _added()[1].policy)


def test_half_a_network_is_refused() -> None:
    """An existing VPC is complete, and described only if it is chosen."""
    rendered = render.to_dict(_added()[0])
    values = {name: parameter.get("Default", "") for name, parameter in rendered["Parameters"].items()}
    assert [f"BuildNetwork=existing: enter {name}." for name in GIVEN] == [
        message for _, message in broken(rendered["Rules"], values)
    ]
    unused = "BuildNetwork is neither existing nor nat: leave VpcId, SubnetIds, EndpointSecurityGroupId, S3PrefixListId"
    assert [f"{unused} empty."] == [
        message for _, message in broken(rendered["Rules"], values | {"BuildNetwork": "network", **GIVEN})
    ]
    needed = ["BuildNetwork=nat: enter VpcId.", "BuildNetwork=nat: enter SubnetIds."]
    assert needed == [message for _, message in broken(rendered["Rules"], values | {"BuildNetwork": "nat"})]
    assert ["BuildNetwork=nat: leave EndpointSecurityGroupId and S3PrefixListId empty."] == [
        message for _, message in broken(rendered["Rules"], values | {"BuildNetwork": "nat", **GIVEN})
    ]
    assert [] == list(broken(rendered["Rules"], values | GIVEN))


def test_builds_can_reach_further_places() -> None:
    """Further rules come after the one for endpoints."""
    template, _ = _added(to_endpoints("sg-cluster"))
    rules = resolved(render.to_dict(template), **GIVEN)["BuildSecurityGroup"]["SecurityGroupEgress"]
    assert [GIVEN["EndpointSecurityGroupId"], "sg-cluster", None] == [
        rule.get("DestinationSecurityGroupId") for rule in rules
    ]
