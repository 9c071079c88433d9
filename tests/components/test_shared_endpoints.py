"""The endpoints that pipelines share."""

from __future__ import annotations

from awacs import ssm

from generator import render
from generator.arn import arn
from generator.components.shared_endpoints import OURS, Shared, add_shared_endpoints
from generator.components.vpc import add_vpc
from generator.iam import Grant
from generator.template import new_template
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
    add_shared_endpoints(template, add_vpc(template), services)
    return render.to_dict(template)


def test_what_all_builds_call_is_always_there() -> None:
    """A service that every build calls has its endpoint without a parameter, in every subnet."""
    rendered = _rendered(Shared("ssm", (READ,)))
    endpoint = rendered["Resources"]["SsmEndpoint"]
    assert "Condition" not in endpoint
    assert "CreateSsmEndpoint" not in rendered["Parameters"]
    *two, third = endpoint["Properties"]["SubnetIds"]
    assert [{"Ref": "FirstSubnet"}, {"Ref": "SecondSubnet"}] == two
    assert {"Fn::If": ["ThreeZones", {"Ref": "ThirdSubnet"}, {"Ref": "AWS::NoValue"}]} == third


def test_what_some_builds_call_is_asked_for() -> None:
    """A service that only some builds call costs nothing until somebody asks for it, and the form says what for."""
    rendered = _rendered(Shared("ssm", (READ,), wanted_for="builds that read parameters"))
    parameter = rendered["Parameters"]["CreateSsmEndpoint"]
    assert "HasSsmEndpoint" == rendered["Resources"]["SsmEndpoint"]["Condition"]
    assert {"Fn::Equals": [{"Ref": "CreateSsmEndpoint"}, "yes"]} == rendered["Conditions"]["HasSsmEndpoint"]
    assert "no" == parameter["Default"]
    assert "builds that read parameters" in parameter["Description"]


def test_what_passes_is_granted_to_principals_of_this_account() -> None:
    """An endpoint's policy is the service's grants, under their condition."""
    endpoint = _rendered(Shared("ssm", (READ,)))["Resources"]["SsmEndpoint"]["Properties"]
    (statement,) = endpoint["PolicyDocument"]["Statement"]
    assert ["ssm:GetParameter"] == listed(statement["Action"])
    assert {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}} == statement["Condition"]


def test_layers_of_images_come_through_unsigned_by_this_account() -> None:
    """ECR signs the addresses of layers itself: their bucket is open to whoever has one, and no other one is."""
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
