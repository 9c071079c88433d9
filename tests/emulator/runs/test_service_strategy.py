"""Deployment strategies that ECS refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.runs.service_shift import minutes

ROLE = "arn:aws:iam::111122223333:role/ecs"
HOOK = {"hookTargetArn": "arn:aws:lambda:eu-central-1:111122223333:function:f", "roleArn": ROLE}


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    """An emulated AWS with a cluster and a task definition."""
    with emulator() as cloud:
        ecs = cloud.inside("ecs")
        ecs.create_cluster(clusterName="apps")
        ecs.register_task_definition(
            family="orders", containerDefinitions=[{"name": "app", "image": "x", "memory": 128}]
        )
        yield cloud


def create(aws: Emulator, name: str, settings: dict[str, Any], **own: Any) -> None:
    """A service with this deployment configuration."""
    aws.inside("ecs").create_service(
        cluster="apps",
        serviceName=name,
        taskDefinition="orders",
        desiredCount=1,
        deploymentConfiguration=settings,
        **own,
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"strategy": "BLUE_GREEN", "canaryConfiguration": {"canaryPercent": 5}}, "canaryConfiguration is valid with"),
        ({"canaryConfiguration": {"canaryPercent": 5}}, "not with ROLLING"),
        ({"strategy": "CANARY", "linearConfiguration": {"stepPercent": 5}}, "linearConfiguration is valid with"),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2}}, "stepPercent is 2.0, allowed: 3 to 100"),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0}}, "canaryPercent is 0.0, allowed: 0.1"),
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1441}, "bakeTimeInMinutes is 1441, allowed: 0 to 1440"),
        (
            {"strategy": "BLUE_GREEN", "lifecycleHooks": [{**HOOK, "lifecycleStages": ["SCALE_UP"]}]},
            "no stage SCALE_UP",
        ),
        ({"strategy": "BLUE_GREEN", "lifecycleHooks": [HOOK]}, "needs lifecycleStages"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(aws: Emulator, settings: dict[str, Any], says: str) -> None:
    """At the creation of a service, and when one is changed."""
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{re.escape(says)}"):
        create(aws, "refused", settings)


def test_codedeploy_has_strategies_of_its_own(aws: Emulator) -> None:
    """A strategy of ECS needs the controller of ECS."""
    with pytest.raises(ClientError, match="BLUE_GREEN needs the deployment controller ECS, not CODE_DEPLOY"):
        create(aws, "refused", {"strategy": "BLUE_GREEN"}, deploymentController={"type": "CODE_DEPLOY"})


def balancers(aws: Emulator, **own: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """A load balancer of a service with two target groups and a rule that leads to both, and their ARNs."""
    ec2, elb = aws.inside("ec2"), aws.inside("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-central-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    name = f"b{len(elb.describe_load_balancers()['LoadBalancers'])}"
    balancer = elb.create_load_balancer(Name=name, Subnets=[each["SubnetId"] for each in subnets])["LoadBalancers"][0]
    blue, green, other = (
        elb.create_target_group(Name=f"{name}-{each}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        for each in ("blue", "green", "other")
    )
    action = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": blue, "Weight": 1}, {"TargetGroupArn": green, "Weight": 0}]
        },
    }
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": other}],
    )["Listeners"][0]["ListenerArn"]
    condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}
    rule = elb.create_rule(ListenerArn=listener, Priority=1, Conditions=[condition], Actions=[action])["Rules"][0]
    names = {"blue": blue, "green": green, "other": other, "rule": rule["RuleArn"], "role": ROLE}
    advanced = {"alternateTargetGroupArn": "green", "productionListenerRule": "rule", "roleArn": "role", **own}
    return [
        {
            "targetGroupArn": blue,
            "containerName": "app",
            "containerPort": 80,
            "advancedConfiguration": {key: names.get(value, value) for key, value in advanced.items() if value},
        }
    ], names


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (
            {"productionListenerRule": "arn:aws:elasticloadbalancing:gone"},
            "The productionListenerRule .* does not exist",
        ),
        ({"testListenerRule": "arn:aws:elasticloadbalancing:gone"}, "The testListenerRule .* does not exist"),
        ({"alternateTargetGroupArn": "other"}, "does not forward to .*other"),
        ({"alternateTargetGroupArn": "blue"}, "The two target groups must differ"),
        ({"roleArn": ""}, "advancedConfiguration needs roleArn"),
    ],
)
def test_traffic_that_cannot_shift_is_refused(aws: Emulator, own: dict[str, str], says: str) -> None:
    """The rule must lead to both target groups before the service exists."""
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{says}"):
        create(aws, "refused", {"strategy": "BLUE_GREEN"}, loadBalancers=balancers(aws, **own)[0])


def test_a_balancer_without_its_second_group_is_refused(aws: Emulator) -> None:
    """Also when the strategy of a service is changed."""
    simple = [{key: each[key] for key in each if key != "advancedConfiguration"} for each in balancers(aws)[0]]
    create(aws, "rolling", {}, loadBalancers=simple)
    with pytest.raises(ClientError, match="The load balancer of app needs advancedConfiguration"):
        aws.inside("ecs").update_service(
            cluster="apps", service="rolling", deploymentConfiguration={"strategy": "CANARY"}
        )


def test_a_service_of_two_groups_is_created(aws: Emulator) -> None:
    """With a rule that leads to both, its first deployment succeeds and shifts nothing."""
    given, names = balancers(aws)
    create(aws, "shifted", {"strategy": "CANARY"}, loadBalancers=given)
    [first] = aws.inside("ecs").list_service_deployments(cluster="apps", service="shifted")["serviceDeployments"]
    assert "SUCCESSFUL" == first["status"]
    [rule] = aws.inside("elbv2").describe_rules(RuleArns=[names["rule"]])["Rules"]
    assert [1, 0] == [each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"strategy": "BLUE_GREEN"}, 15),
        ({"strategy": "CANARY"}, 25),
        ({"strategy": "LINEAR"}, 69),
        ({"strategy": "LINEAR", "bakeTimeInMinutes": 0, "linearConfiguration": {"stepPercent": 11}}, 54),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 50, "stepBakeTimeInMinutes": 5}}, 20),
    ],
)
def test_a_shift_takes_as_long_as_cloudformation_counts(settings: dict[str, Any], expected: float) -> None:
    """Every step but the last waits, and after that the bake time; the defaults are those of AWS."""
    assert expected == minutes(settings)
