"""Promises about the ways into and out of security groups, and through endpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.cloudformation.offline_stack import Location, OfflineStack
from generator.components.network import NAMED_CN_IN_CHINA
from tests.rendered import Rendered, listed, resources, strings
from tests.samples import sample
from tests.variants import with_conditions

CHINA = Location(partition="aws-cn", region="cn-north-1")
NOWHERE = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}


def only_https_goes_anywhere(template: Rendered) -> Iterator[str]:
    """Every rule of every security group is for TCP on port 443, except the one that allows nothing."""
    for name, rule in _rules(template):
        if not NOWHERE.items() <= rule.items() and (
            rule.get("IpProtocol") != "tcp" or not rule.get("FromPort") == rule.get("ToPort") == 443
        ):
            yield f"{name} has a rule for {rule.get('IpProtocol')} {rule.get('FromPort')}-{rule.get('ToPort')}"


def groups_admit_no_literal_addresses(template: Rendered) -> Iterator[str]:
    """Groups admit a security group, or addresses of a VPC of the template; the group of builds admits nothing."""
    for name, group in resources(template, "AWS::EC2::SecurityGroup"):
        for rule in group.get("SecurityGroupIngress", []):
            if any(isinstance(rule.get(addresses), str) for addresses in ("CidrIp", "CidrIpv6")):
                yield f"{name} lets in {rule}"
        if name == "BuildSecurityGroup" and "SecurityGroupIngress" in group:
            yield f"{name} lets somebody in"


def endpoints_are_behind_groups_that_admit_the_builds(template: Rendered) -> Iterator[str]:
    """An interface endpoint has the service's own name, subnets, and a group that admits builds."""
    projects = [project for _, project in resources(template, "AWS::CodeBuild::Project")]
    builds = [group for project in projects for group in project.get("VpcConfig", {}).get("SecurityGroupIds", ())]
    open_ones = [rule["GroupId"] for _, rule in resources(template, "AWS::EC2::SecurityGroupIngress")]
    open_ones += [
        {"Fn::GetAtt": [name, "GroupId"]}
        for name, group in resources(template, "AWS::EC2::SecurityGroup")
        if group.get("SecurityGroupIngress")
    ]
    for name, rule in resources(template, "AWS::EC2::SecurityGroupIngress"):
        if rule["SourceSecurityGroupId"] not in builds:
            yield f"{name} lets in something else than builds"
    for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint"):
        if endpoint.get("VpcEndpointType") == "Interface":
            if endpoint.get("PrivateDnsEnabled") is not True or not endpoint.get("SubnetIds"):
                yield f"{name} does not answer in the subnets under the service's own name"
            groups = endpoint.get("SecurityGroupIds", [])
            if not groups or any(group not in open_ones for group in groups):
                yield f"{name} is behind a group that lets in no builds"
        elif endpoint.get("VpcEndpointType") != "Gateway" or not endpoint.get("RouteTableIds"):
            yield f"{name} is on no route table"


@with_conditions
def endpoints_are_called_as_in_their_partition(template: Rendered) -> Iterator[str]:
    """Services of endpoints have their plain name, and some in China one with a prefix of its own."""
    for place in (Location(), CHINA):
        stack = OfflineStack(
            template=template, name="a-stack", parameters=sample(template, "a", optional=True), place=place
        )
        for name, _ in resources(template, "AWS::EC2::VPCEndpoint"):
            called = stack.value(template["Resources"][name]["Properties"]["ServiceName"])
            service = called.partition(f"{place.region}.")[2]
            prefix = "cn." if place is CHINA and service in NAMED_CN_IN_CHINA else ""
            if called != f"{prefix}com.amazonaws.{place.region}.{service}":
                yield f"{name} is called {called} in {place.partition}"


def endpoints_allow_only_their_service(template: Rendered) -> Iterator[str]:
    """An endpoint's policy allows actions of its service, and refuses by not allowing."""
    for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint"):
        service = next(iter(strings(endpoint["ServiceName"]["Fn::Sub"]))).partition("${AWS::Region}.")[2].split(".")[0]
        for statement in endpoint.get("PolicyDocument", {}).get("Statement", ()):
            if statement["Effect"] != "Allow":
                yield f"{name} refuses by a statement, and not by having none"
            for action in listed(statement["Action"]):
                if action.partition(":")[0] != service:
                    yield f"{name} is for {service} and lets {action} through"


def each_service_has_one_endpoint(template: Rendered) -> Iterator[str]:
    """Each endpoint is for a service, no two for the same: the second under its private name would not come up."""
    endpoints = dict(resources(template, "AWS::EC2::VPCEndpoint"))
    for name, endpoint in endpoints.items():
        if "ServiceName" not in endpoint:
            yield f"{name} is for no service"
    names = [json.dumps(endpoint["ServiceName"]) for endpoint in endpoints.values() if "ServiceName" in endpoint]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"there are two endpoints for {name}"


def names_of_endpoints_are_found(template: Rendered) -> Iterator[str]:
    """A VPC has both settings for names, without which the private names of endpoints are not resolved.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    for name, vpc in resources(template, "AWS::EC2::VPC"):
        for setting in ("EnableDnsSupport", "EnableDnsHostnames"):
            if vpc.get(setting) is not True:
                yield f"{name} has no {setting}"


def _rules(template: Rendered) -> Iterator[tuple[str, Rendered]]:
    for name, group in resources(template, "AWS::EC2::SecurityGroup"):
        for rule in (*group.get("SecurityGroupEgress", []), *group.get("SecurityGroupIngress", [])):
            yield name, rule
    yield from resources(template, "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress")
