"""The network of the builds."""

from __future__ import annotations

from typing import Any

import pytest
from awacs import ecr, ecs, kms, logs
from awacs.aws import Condition, StringEquals
from troposphere import GetAtt, Ref, encode_to_dict

from generator.components.network import (
    Endpoints,
    Network,
    add_build_group,
    add_endpoints,
    nowhere,
    service_name,
    to_endpoints,
    to_s3,
)
from generator.model.grants import Grant
from generator.model.owner import Owner
from generator.model.stages import Build
from generator.model.template import new_template
from generator.publishing import render

PLACES = Endpoints(Ref("Vpc"), [Ref("One"), Ref("Two")], GetAtt("Group", "GroupId"), [Ref("Routes")])


def _grant(sid: str, *actions: object, resource: str) -> Grant:
    return Grant(sid=sid, actions=actions, resources=(resource,), why="Test.")  # type: ignore[arg-type]  # awacs actions


LOG = _grant("Log", logs.PutLogEvents, resource="arn:log")
LOOK = _grant("Look", ecr.DescribeImages, resource="arn:repo")
SEE = _grant("See", ecs.DescribeServices, resource="arn:service")


def _build(*services: str, grants: tuple[Grant, ...] = (LOG, LOOK, SEE)) -> Build:
    p = Ref("P")
    return Build(name="P", project_name=p, project_arn=p, role_arn=p, grants=grants, services=services)


def _endpoints(*builds: Build) -> dict[str, Any]:
    """The properties of the endpoints for these builds."""
    template = new_template("Test")
    add_endpoints(template, PLACES, builds)
    return {name: resource["Properties"] for name, resource in render.to_dict(template)["Resources"].items()}


def _statements(endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    return list(endpoint["PolicyDocument"]["Statement"])


def test_endpoints_follow_the_builds() -> None:
    """Two builds have the endpoints of the services that either calls, once each, and those for logs and artifacts."""
    endpoints = _endpoints(_build("ecr.api"), _build("ecr.api", "ecs"))
    assert {"EcrApiEndpoint", "EcsEndpoint", "LogsEndpoint", "S3Endpoint"} == endpoints.keys()


def test_endpoints_are_in_the_places_named() -> None:
    """Interface endpoints are in the subnets with the security group, the gateway endpoint in the route tables."""
    endpoints = _endpoints(_build("ecr.api"))
    interface, gateway = endpoints["EcrApiEndpoint"], endpoints["S3Endpoint"]
    assert [{"Ref": "One"}, {"Ref": "Two"}] == interface["SubnetIds"]
    assert [{"Fn::GetAtt": ["Group", "GroupId"]}] == interface["SecurityGroupIds"]
    assert interface["PrivateDnsEnabled"] is True
    assert ("Gateway", [{"Ref": "Routes"}]) == (gateway["VpcEndpointType"], gateway["RouteTableIds"])
    assert {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"} == gateway["ServiceName"]


def test_an_endpoint_allows_what_builds_may_do_there() -> None:
    """An endpoint's policy is the builds' own grants for that service; grants on one resource share a statement."""
    pull = _grant("Pull", ecr.BatchGetImage, kms.Decrypt, resource="arn:repo")
    endpoints = _endpoints(_build("ecr.api", grants=(pull, LOOK, LOG, SEE)))
    assert [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["ecr:BatchGetImage", "ecr:DescribeImages"],
            "Resource": "arn:repo",
        }
    ] == _statements(endpoints["EcrApiEndpoint"])


def test_docker_has_an_endpoint_of_its_own() -> None:
    """Operations that only the API of ECR has do not pass the endpoint that Docker uses."""
    pull = _grant("Pull", ecr.BatchGetImage, resource="arn:repo")
    log_in = _grant("LogIn", ecr.GetAuthorizationToken, resource="arn:registry")
    endpoints = _endpoints(_build("ecr.api", "ecr.dkr", grants=(pull, log_in, LOOK, LOG, SEE)))
    assert [["ecr:BatchGetImage"], ["ecr:GetAuthorizationToken"]] == [
        statement["Action"] for statement in _statements(endpoints["EcrDkrEndpoint"])
    ]


def test_image_layers_pass_the_s3_endpoint() -> None:
    """ECR's bucket of layers in this region can be read through the gateway endpoint."""
    (layers,) = _statements(_endpoints(_build("ecr.api"))["S3Endpoint"])
    assert ["s3:GetObject"] == layers["Action"]
    assert "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*" == layers["Resource"]["Fn::Sub"]


def test_the_condition_of_a_grant_applies_at_the_endpoint() -> None:
    """A permission that a build has under a condition passes its endpoint only under that condition."""
    when = Condition(StringEquals({"ecs:cluster": "arn:cluster"}))
    tasks = Grant(sid="A", actions=(ecs.DescribeTasks,), resources=("arn:t",), condition=when, why="Test.")
    (statement,) = _statements(_endpoints(_build("ecs", grants=(LOG, tasks)))["EcsEndpoint"])
    assert {"StringEquals": {"ecs:cluster": "arn:cluster"}} == statement["Condition"]


def test_a_grant_that_is_left_out_is_left_out_of_the_endpoint() -> None:
    """A statement of the endpoint depends on the condition of its grant; others on the same resource do not."""
    tasks = Grant(sid="A", actions=(ecs.DescribeTasks,), resources=("arn:service",), why="Test.", only_if="Wanted")
    always, wanted = _statements(_endpoints(_build("ecs", grants=(LOG, SEE, tasks)))["EcsEndpoint"])
    assert ["ecs:DescribeServices"] == always["Action"]
    condition, statement, otherwise = wanted["Fn::If"]
    assert ("Wanted", ["ecs:DescribeTasks"], {"Ref": "AWS::NoValue"}) == (condition, statement["Action"], otherwise)


def test_a_service_that_no_grant_allows_is_a_mistake() -> None:
    """A build that calls a service without a grant for it would only fail when it runs."""
    with pytest.raises(ValueError, match="a build calls sts and has no grant for it"):
        _endpoints(_build("sts"))


def test_china_has_its_own_names_for_some_services() -> None:
    """ECR's endpoint services begin with cn. in China, the one of CloudWatch Logs does not."""
    template = new_template("Test")
    ecr_api, eks, cloudwatch_logs = (
        encode_to_dict(service_name(template, service))["Fn::Sub"] for service in ("ecr.api", "eks", "logs")
    )
    assert ["${Prefix}com.amazonaws.${AWS::Region}.ecr.api", {"Prefix": {"Fn::If": ["InChina", "cn.", ""]}}] == ecr_api
    assert {"Prefix": {"Fn::If": ["InChina", "cn.", ""]}} == eks[1]
    assert "com.amazonaws.${AWS::Region}.logs" == cloudwatch_logs
    assert {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]} == render.to_dict(template)["Conditions"]["InChina"]


def _group() -> dict[str, Any]:
    template = new_template("Test")
    egress = (to_endpoints(Ref("Endpoints")), to_s3(Ref("PrefixList")))
    add_build_group(template, Owner("platform", "${Platform}"), Ref("Vpc"), egress)
    return render.to_dict(template)


def test_builds_reach_endpoints_and_s3_only() -> None:
    """The security group admits nothing, and leads on port 443 to the endpoints and to the prefix list of S3."""
    group = _group()["Resources"]["BuildSecurityGroup"]["Properties"]
    assert "SecurityGroupIngress" not in group
    rules = group["SecurityGroupEgress"]
    assert [{"Ref": "Endpoints"}, {"Ref": "PrefixList"}] == [
        rule.get("DestinationSecurityGroupId") or rule.get("DestinationPrefixListId") for rule in rules
    ]
    assert {("tcp", 443, 443)} == {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules}
    assert {"Fn::Sub": "Builds of ${Platform}: out to endpoints"} == group["GroupDescription"]


def test_a_project_runs_in_the_network_if_its_condition_holds() -> None:
    """Without a condition a project always has the configuration of the VPC."""
    network = Network("vpc-1", ["subnet-1"], GetAtt("Builds", "GroupId"))
    config = {
        "VpcId": "vpc-1",
        "Subnets": ["subnet-1"],
        "SecurityGroupIds": [{"Fn::GetAtt": ["Builds", "GroupId"]}],
    }
    assert config == encode_to_dict(network.vpc_config())
    assert {"Fn::If": ["InVpc", config, {"Ref": "AWS::NoValue"}]} == encode_to_dict(
        network._replace(only_if="InVpc").vpc_config()
    )


def test_a_group_without_egress_leads_nowhere() -> None:
    """The one rule is for the host itself: EC2 would add one for everywhere to a group without a rule."""
    rule = encode_to_dict(nowhere())
    assert ("-1", "127.0.0.1/32") == (rule["IpProtocol"], rule["CidrIp"])
