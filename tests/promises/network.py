"""Promises about the network of the builds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.offline_stack import OfflineStack
from tests.builds import calls_git, documents_of, given, services_called
from tests.rendered import Rendered, has_builds, has_its_own_vpc, is_shared_network, listed, resources, strings
from tests.stacked import deployed, imported
from tests.variants import needed, variants, with_conditions

ANYWHERE = ("0.0.0.0/0", "::/0")
NOWHERE = "127.0.0.1/32"
NAT = "nat"  # the value of BuildNetwork for builds in an existing VPC that leads to AWS through a NAT gateway
LAYERS = {"Fn::Sub": "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"}
# Resources that lead out of a VPC, or from one into another.
WAYS_OUT = {
    "AWS::EC2::ClientVpnEndpoint",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
}
# The one rule that may name every address: that of builds in a VPC of their own stack which has no way out. The prefix
# list of S3 has another id in each region, and no attribute of CloudFormation gives it.
HTTPS_TO_ANY_ADDRESS = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}

# Docker's calls to the registry; all others go to the API of ECR.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
DOCKER = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}


@with_conditions
def builds_run_in_the_private_network(template: Rendered) -> Iterator[str]:
    """Every build runs in the chosen VPC, behind the builds' security group; outside of any VPC only if that is chosen.

    A build that calls a Git server is the exception: it runs outside.

    The VPC is that of a `network` stack, that of the platform, an existing one that the user describes, or one of the
    stack's own.
    """
    minimal = ("with what is required", deployed(template, "a-stack", needed(template)))
    for variant, stack in (minimal, *variants(template)):
        choice = _chosen_network(stack)
        for name, project in stack.resources("AWS::CodeBuild::Project"):
            config = project.get("VpcConfig")
            if calls_git(str(project["Source"].get("BuildSpec", ""))):
                if config is not None:
                    yield f"{variant}: {name} runs in a VPC without a way to the Git server that it calls"
                continue
            if config is None:
                if choice != "internet":
                    yield f"{variant}: {name} runs outside of any VPC, and the user did not choose that"
                continue
            if choice == "internet":
                yield f"{variant}: {name} runs in a VPC, and the user chose none"
                continue
            vpc, subnets = _chosen_vpc(stack, choice)
            if config.get("VpcId") != vpc or config.get("Subnets") != subnets:
                yield f"{variant}: {name} runs in {config.get('VpcId')} {config.get('Subnets')}, not in {vpc} {subnets}"
            if config.get("SecurityGroupIds") != [_builds_group(stack, choice, vpc)]:
                yield f"{variant}: {name} is not behind the builds' security group of that VPC"


@with_conditions
def builds_lead_to_the_endpoints_of_their_vpc(template: Rendered) -> Iterator[str]:
    """The builds' security group leads to the endpoints and to the prefix list of S3 that belong to the chosen VPC."""
    for variant, stack in variants(template):
        choice = _chosen_network(stack)
        for name, group in stack.resources("AWS::EC2::SecurityGroup"):
            if name != "BuildSecurityGroup" or choice not in ("network", "existing"):
                continue
            endpoints, s3 = (
                _of_the_network(stack, choice, thing) for thing in ("EndpointSecurityGroupId", "S3PrefixListId")
            )
            rules = group["SecurityGroupEgress"]
            if endpoints not in [rule.get("DestinationSecurityGroupId") for rule in rules]:
                yield f"{variant}: {name} does not lead to {endpoints}, the group of the interface endpoints"
            if [s3] != [rule["DestinationPrefixListId"] for rule in rules if "DestinationPrefixListId" in rule]:
                yield f"{variant}: {name} must lead to {s3}, the prefix list of S3, and to no other one"


def _chosen_network(stack: OfflineStack) -> str:
    """Where the builds of the stack are to run: `own`, `network`, `platform`, `existing`, `nat`, `internet`."""
    if any(True for _ in stack.resources("AWS::EC2::VPC")):
        return "own"
    declared = stack.template.get("Parameters", {})
    if "BuildNetwork" in declared:
        return str(stack.ref("BuildNetwork"))
    if "Network" not in declared:
        return "platform"
    return "existing" if stack.ref("Network") == "none" else "network"


def _chosen_vpc(stack: OfflineStack, choice: str) -> tuple[Any, list[Any]]:
    """The VPC and the subnets that the user chose."""
    if choice == "own":
        (vpc,) = (stack.ref(title) for title, _ in stack.resources("AWS::EC2::VPC"))
        return vpc, [stack.ref(title) for title, _ in stack.resources("AWS::EC2::Subnet")]
    vpc, subnets = (_of_the_network(stack, choice, thing) for thing in ("VpcId", "SubnetIds"))
    return vpc, subnets.split(",")


def _builds_group(stack: OfflineStack, choice: str, vpc: str) -> str:
    """The builds' security group in this VPC: that of the platform, or the stack's own; "" if it is in another VPC."""
    if choice == "platform":
        return _of_the_network(stack, choice, "BuildSecurityGroupId")
    groups = dict(stack.resources("AWS::EC2::SecurityGroup"))
    is_there = groups.get("BuildSecurityGroup", {}).get("VpcId") == vpc
    return stack.attribute("BuildSecurityGroup", "GroupId") if is_there else ""


def _of_the_network(stack: OfflineStack, choice: str, thing: str) -> str:
    """A value of the chosen VPC: a parameter, or an import from the network or the platform."""
    return str(stack.ref(thing) if choice in ("existing", NAT) else stack.value(imported(choice, thing)))


def security_groups_lead_to_endpoints_only(template: Rendered) -> Iterator[str]:
    """Each security group has rules about its way out: to a group or a prefix list on port 443, or none.

    None is open to every address, with two exceptions: HTTPS_TO_ANY_ADDRESS, whose comment has the reason, and builds
    in a VPC with a NAT gateway, which `builds_reach_every_address_by_choice_only` is about.
    """
    excepted = _builds_in_a_vpc_without_a_way_out(template) | _builds_behind_a_nat_gateway(template)
    for name, group in resources(template, "AWS::EC2::SecurityGroup"):
        if not group.get("SecurityGroupEgress"):
            yield f"{name} has no SecurityGroupEgress: EC2 would let it reach every address. Add nowhere() or a rule"
        rules = [json.dumps({**rule, "Description": ""}) for rule in group.get("SecurityGroupEgress", [])]
        for rule in sorted({rule for rule in rules if rules.count(rule) > 1}):
            yield f"{name} has a rule twice, which EC2 does not take: {rule}"
        for rule in group.get("SecurityGroupEgress", []):
            target = {"DestinationSecurityGroupId", "DestinationPrefixListId"} & rule.keys()
            is_excepted = name in excepted and HTTPS_TO_ANY_ADDRESS.items() <= rule.items()
            is_narrow = target and rule.get("FromPort") == rule.get("ToPort") == 443
            if rule.get("CidrIp") != NOWHERE and not is_narrow and not is_excepted:
                yield f"{name} leads to {json.dumps(rule)}: name a security group or a prefix list, and port 443"
    for name, resource in template["Resources"].items():
        if resource["Type"].startswith("AWS::EC2::SecurityGroup"):
            rest = {key: each for key, each in resource["Properties"].items() if key != "SecurityGroupEgress"}
            for anywhere in ANYWHERE:
                if anywhere in strings(rest if name in excepted else resource):
                    yield f"{name} is open to {anywhere}"


@with_conditions
def builds_reach_every_address_by_choice_only(template: Rendered) -> Iterator[str]:
    """If builds reach AWS through a NAT gateway, their group leads to every address on port 443; otherwise to none.

    Endpoints and the prefix list of S3 are left out then, because they were not entered.
    """
    minimal = ("with what is required", deployed(template, "a-stack", needed(template)))
    for variant, stack in (minimal, *variants(template)):
        choice = _chosen_network(stack)
        for name, group in stack.resources("AWS::EC2::SecurityGroup"):
            if name != "BuildSecurityGroup" or choice == "own":
                continue
            addresses = {rule["CidrIp"] for rule in group["SecurityGroupEgress"] if "CidrIp" in rule}
            lists = [rule for rule in group["SecurityGroupEgress"] if "DestinationPrefixListId" in rule]
            if addresses != ({"0.0.0.0/0"} if choice == NAT else set()):
                yield f"{variant}: {name} leads to {sorted(addresses)}, and BuildNetwork is {choice}"
            if choice == NAT and lists:
                yield f"{variant}: {name} leads to {lists}, and nobody has entered a prefix list"


def _builds_behind_a_nat_gateway(template: Rendered) -> set[str]:
    """The security group of builds that can be in a VPC with a NAT gateway, by choice."""
    choices = template.get("Parameters", {}).get("BuildNetwork", {}).get("AllowedValues", ())
    return {"BuildSecurityGroup"} if NAT in choices else set()


def _builds_in_a_vpc_without_a_way_out(template: Rendered) -> set[str]:
    """The security groups of builds whose VPC is of the same stack, and has neither a route nor a gateway."""
    if {resource["Type"] for resource in template["Resources"].values()} & WAYS_OUT:
        return set()
    own = [{"Ref": name} for name, _ in resources(template, "AWS::EC2::VPC")]
    return {
        group["Fn::GetAtt"][0]
        for _, project in resources(template, "AWS::CodeBuild::Project")
        if project.get("VpcConfig", {}).get("VpcId") in own
        for group in project["VpcConfig"].get("SecurityGroupIds", ())
    }


def endpoints_are_exactly_what_builds_call(template: Rendered) -> Iterator[str]:
    """A VPC for builds of the same stack has one endpoint for each service that they call, and no others."""
    if not has_its_own_vpc(template) or not has_builds(template):
        return
    called = services_called(template)
    made = {
        re.sub(r".*com\.amazonaws\.\$\{AWS::Region\}\.", "", next(iter(strings(endpoint["ServiceName"]["Fn::Sub"]))))
        for _, endpoint in resources(template, "AWS::EC2::VPCEndpoint")
    }
    for service in sorted(called ^ made):
        yield f"{service} " + ("is called by a build and has no endpoint" if service in called else "is called by none")


def endpoints_allow_what_the_builds_may_do(template: Rendered) -> Iterator[str]:
    """An endpoint allows every action of a build's role there, on the same resources, and nothing else.

    The endpoint of S3 also passes ECR's bucket of image layers.
    """
    if is_shared_network(template):
        return  # builds of other stacks call its endpoints: shared_network.py
    granted = {
        (action, json.dumps([statement["Resource"], statement.get("Condition")]))
        for _, role in resources(template, "AWS::IAM::Role")
        if role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "codebuild.amazonaws.com"}
        for document in documents_of(template, role)
        for statement in map(given, document["Statement"])
        for action in listed(statement["Action"])
    }
    granted.add(("s3:GetObject", json.dumps([LAYERS, None])))
    for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint"):
        if "PolicyDocument" not in endpoint:
            yield f"{name} lets everything through"
        for statement in endpoint.get("PolicyDocument", {}).get("Statement", []):
            for action in statement["Action"]:
                if (action, json.dumps([statement["Resource"], statement.get("Condition")])) not in granted:
                    yield f"{name} lets {action} through to {json.dumps(statement['Resource'])}"
        passed = {
            (action, json.dumps([statement["Resource"], statement.get("Condition")]))
            for statement in endpoint.get("PolicyDocument", {}).get("Statement", [])
            for action in statement["Action"]
        }
        service = next(iter(strings(endpoint["ServiceName"]["Fn::Sub"]))).partition("${AWS::Region}.")[2]
        for action, resource in sorted(granted - passed):
            if action.partition(":")[0] == service.partition(".")[0] and (service != "ecr.dkr" or action in DOCKER):
                yield f"{name} stops {action} on {resource}"


def nothing_else_opens_the_security_groups(template: Rendered) -> Iterator[str]:
    """Rules outside of their group admit another group on port 443, and allow no other traffic."""
    for name, rule in resources(template, "AWS::EC2::SecurityGroupIngress"):
        if "SourceSecurityGroupId" not in rule or not rule.get("FromPort") == rule.get("ToPort") == 443:
            yield f"{name} lets in {json.dumps(rule)}"
    for name, rule in resources(template, "AWS::EC2::SecurityGroupEgress"):
        if "DestinationSecurityGroupId" not in rule or not rule.get("FromPort") == rule.get("ToPort") == 443:
            yield f"{name} leads to {json.dumps(rule)}"
