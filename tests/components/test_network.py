"""The network of the builds."""

from __future__ import annotations

import pytest
from awacs import ecr, ecs, kms, logs
from awacs.aws import Condition, StringEquals
from troposphere import Ref

from generator.components.network import add_endpoints, add_given_network
from generator.iam import Grant
from generator.stages import Build
from generator.template import new_template
from tests.ground import Ground


def _grant(sid: str, *actions: object, resource: str) -> Grant:
    return Grant(sid=sid, actions=actions, resources=(resource,), why="Test.")  # type: ignore[arg-type]  # awacs actions


LOG = _grant("Log", logs.PutLogEvents, resource="arn:log")
LOOK = _grant("Look", ecr.DescribeImages, resource="arn:repo")
SEE = _grant("See", ecs.DescribeServices, resource="arn:service")


def _build(*services: str, grants: tuple[Grant, ...] = (LOG, LOOK, SEE)) -> Build:
    p = Ref("P")
    return Build(name="P", project_name=p, project_arn=p, role_arn=p, grants=grants, services=services)


def _endpoints(ground: Ground) -> set[str]:
    return {name for name in ground.template.resources if name.endswith("Endpoint")}


def test_endpoints_follow_the_builds(ground: Ground) -> None:
    """Two builds have the endpoints that either calls, once, besides those for logs and artifacts."""
    add_endpoints(ground.template, ground.network, [_build("ecr.api"), _build("ecr.api", "ecs")])
    assert {"EcrApiEndpoint", "EcsEndpoint", "LogsEndpoint", "S3Endpoint"} == _endpoints(ground)


def test_an_endpoint_lets_through_what_builds_may_do_there(ground: Ground) -> None:
    """An endpoint's policy is the builds' own grants for that service; grants on one resource share a statement."""
    grants = (
        _grant("Pull", ecr.BatchGetImage, kms.Decrypt, resource="arn:repo"),
        LOOK,
        LOG,
        SEE,
    )
    add_endpoints(ground.template, ground.network, [_build("ecr.api", grants=grants)])
    assert [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["ecr:BatchGetImage", "ecr:DescribeImages"],
            "Resource": "arn:repo",
        }
    ] == ground.properties("EcrApiEndpoint")["PolicyDocument"]["Statement"]


def test_docker_logs_in_and_pulls_through_an_endpoint_of_its_own(ground: Ground) -> None:
    """What is asked of ECR's API alone does not go through the endpoint for Docker."""
    pull = _grant("Pull", ecr.BatchGetImage, resource="arn:repo")
    add_endpoints(ground.template, ground.network, [_build("ecr.api", "ecr.dkr", grants=(pull, LOOK, LOG, SEE))])
    (statement,) = ground.properties("EcrDkrEndpoint")["PolicyDocument"]["Statement"]
    assert ["ecr:BatchGetImage"] == statement["Action"]


def test_endpoints_brought_along_are_left_alone() -> None:
    """A network that is given has its endpoints: nothing is made, and their security group has to be typed."""
    template = new_template("Test")
    network = add_given_network(template)
    add_endpoints(template, network, [_build("ecr.api")])
    assert ["BuildSecurityGroup"] == list(template.resources)
    assert "Default" not in template.parameters["EndpointSecurityGroupId"].to_dict()


def test_image_layers_come_through_the_s3_endpoint(ground: Ground) -> None:
    """ECR's bucket of layers in this region can be read through the gateway endpoint."""
    add_endpoints(ground.template, ground.network, [_build("ecr.api")])
    (layers,) = ground.properties("S3Endpoint")["PolicyDocument"]["Statement"]
    assert ["s3:GetObject"] == layers["Action"]
    assert "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*" == layers["Resource"]["Fn::Sub"]


def test_existing_endpoints_are_used_by_their_security_group(ground: Ground) -> None:
    """With a security group given, no endpoint and no group of endpoints is made: builds lead to the given one."""
    egress = ground.properties("BuildSecurityGroup")["SecurityGroupEgress"][0]
    assert {"Ref": "EndpointSecurityGroupId"} == egress["DestinationSecurityGroupId"]["Fn::If"][2]
    add_endpoints(ground.template, ground.network, [_build("ecr.api")])
    conditions = {name: ground.template.resources[name].resource["Condition"] for name in _endpoints(ground)}
    assert {
        "EcrApiEndpoint": "CreateEndpoints",
        "LogsEndpoint": "CreateEndpoints",
        "S3Endpoint": "CreateS3Endpoint",
    } == (conditions)


def test_china_has_its_own_names_for_some_services(ground: Ground) -> None:
    """ECR's endpoint services begin with cn. in China, the one of Logs does not."""
    add_endpoints(ground.template, ground.network, [_build("ecr.api")])
    assert {"Prefix": {"Fn::If": ["InChina", "cn.", ""]}} == ground.properties("EcrApiEndpoint")["ServiceName"][
        "Fn::Sub"
    ][1]
    assert {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"} == ground.properties("LogsEndpoint")["ServiceName"]


def test_a_condition_goes_along(ground: Ground) -> None:
    """What a build may do under a condition passes its endpoint under that condition only."""
    when = Condition(StringEquals({"ecs:cluster": "arn:cluster"}))
    grants = (LOG, Grant(sid="A", actions=(ecs.DescribeTasks,), resources=("arn:t",), condition=when, why="Test."))
    add_endpoints(ground.template, ground.network, [_build("ecs", grants=grants)])
    (statement,) = ground.properties("EcsEndpoint")["PolicyDocument"]["Statement"]
    assert {"StringEquals": {"ecs:cluster": "arn:cluster"}} == statement["Condition"]


def test_a_service_that_nobody_may_call_is_a_mistake(ground: Ground) -> None:
    """A build that calls a service without a grant for it would only find out when it runs."""
    with pytest.raises(ValueError, match="a build calls sts and has no grant for it"):
        add_endpoints(ground.template, ground.network, [_build("sts")])
