"""The endpoints that pipelines share."""

from __future__ import annotations

from awacs import ssm

from generator.components.shared_endpoints import OURS, Shared, add_shared_endpoints
from generator.components.vpc import add_vpc
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.template import new_template
from generator.publishing import render
from tests.ground import OWNER
from tests.rendered import Rendered, listed

READ = Grant(
    sid="Read",
    actions=(ssm.GetParameter,),
    resources=(arn("ssm", "parameter/*"),),
    condition=OURS,
    why="Test.",
)


def _rendered(*services: Shared) -> Rendered:
    template = new_template("Test")
    add_shared_endpoints(template, OWNER, add_vpc(template, OWNER), services)
    return render.to_dict(template)


def test_the_endpoint_that_all_builds_call_always_exists() -> None:
    """A service that every build calls has its endpoint without a parameter, in every subnet."""
    rendered = _rendered(Shared("ssm", (READ,)))
    endpoint = rendered["Resources"]["SsmEndpoint"]
    assert "Condition" not in endpoint
    assert "CreateSsmEndpoint" not in rendered["Parameters"]
    *two, third = endpoint["Properties"]["SubnetIds"]
    assert [{"Ref": "FirstSubnet"}, {"Ref": "SecondSubnet"}] == two
    assert {"Fn::If": ["ThreeZones", {"Ref": "ThirdSubnet"}, {"Ref": "AWS::NoValue"}]} == third


def test_an_endpoint_that_some_builds_call_can_be_chosen() -> None:
    """A service that only some builds call costs nothing until it is chosen, and the form shows which builds."""
    rendered = _rendered(Shared("ssm", (READ,), wanted_for="builds that read parameters"))
    parameter = rendered["Parameters"]["CreateSsmEndpoint"]
    assert "HasSsmEndpoint" == rendered["Resources"]["SsmEndpoint"]["Condition"]
    assert {"Fn::Equals": [{"Ref": "CreateSsmEndpoint"}, "yes"]} == rendered["Conditions"]["HasSsmEndpoint"]
    assert "no" == parameter["Default"]
    assert "builds that read parameters" in parameter["Description"]


def test_an_endpoint_is_for_principals_of_this_account() -> None:
    """An endpoint's policy is the service's grants, under their condition."""
    endpoint = _rendered(Shared("ssm", (READ,)))["Resources"]["SsmEndpoint"]["Properties"]
    (statement,) = endpoint["PolicyDocument"]["Statement"]
    assert ["ssm:GetParameter"] == listed(statement["Action"])
    assert {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}} == statement["Condition"]


def test_layers_of_images_pass_without_credentials_of_this_account() -> None:
    """ECR signs the addresses of layers itself: only their bucket can be read without credentials of the account."""
    endpoint = _rendered()["Resources"]["S3Endpoint"]["Properties"]
    ours, layers, _ = endpoint["PolicyDocument"]["Statement"]
    assert {"aws:PrincipalAccount", "aws:ResourceAccount"} == ours["Condition"]["StringEquals"].keys()
    assert "Condition" not in layers
    assert ["s3:GetObject"] == listed(layers["Action"])
    assert listed(layers["Resource"])[0]["Fn::Sub"].endswith(":prod-${AWS::Region}-starport-layer-bucket/*")


def test_the_s3_endpoint_is_in_the_routes_of_the_subnets() -> None:
    """A gateway endpoint works through a route table: the one of the subnets."""
    resources = _rendered()["Resources"]
    assert [{"Ref": "RouteTable"}] == resources["S3Endpoint"]["Properties"]["RouteTableIds"]
    assert {"Ref": "RouteTable"} == resources["FirstSubnetRoutes"]["Properties"]["RouteTableId"]


def test_the_group_of_the_endpoints_is_exported() -> None:
    """Builds of other stacks lead to the group, which admits the subnets on port 443, and has no way out."""
    rendered = _rendered()
    output = rendered["Outputs"]["EndpointSecurityGroupId"]
    assert {"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]} == output["Value"]
    assert {"Fn::Sub": "ecr-pipeline:network:${Network}:v1:EndpointSecurityGroupId"} == output["Export"]["Name"]
    group = rendered["Resources"]["EndpointSecurityGroup"]["Properties"]
    *two, third = group["SecurityGroupIngress"]
    assert "ThreeZones" == third["Fn::If"][0]
    assert {443} == {rule[port] for rule in (*two, third["Fn::If"][1]) for port in ("FromPort", "ToPort")}
    assert ["127.0.0.1/32"] == [rule["CidrIp"] for rule in group["SecurityGroupEgress"]]
