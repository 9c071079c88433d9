"""Promises about the network of the builds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from generator.conditions import optional
from tests.builds import services_called
from tests.rendered import Rendered, has_its_own_vpc, listed, resources, strings

ANYWHERE = ("0.0.0.0/0", "::/0")
NOWHERE = "127.0.0.1/32"
SUBNETS = ({"Ref": "SubnetIds"}, {"Fn::Split": [",", {"Ref": "SubnetIds"}]})
NETWORK = {"EndpointSecurityGroupId", "S3PrefixListId", "SubnetIds", "VpcId"}
CHOSEN = {"Fn::Equals": [{"Ref": "BuildNetwork"}, "private"]}
LAYERS = {"Fn::Sub": "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"}

# What Docker asks the registry; all else goes to the API of ECR.
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


def builds_run_in_the_private_network(template: Rendered) -> Iterator[str]:
    """Every build runs in the given subnets behind the builds' security group, unless somebody chose otherwise."""
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        condition, vpc = optional(project.get("VpcConfig", {}))
        if condition and CHOSEN not in template["Conditions"][condition].get("Fn::And", ()):
            yield f"{name} runs elsewhere, and nobody chose it"
        if condition and NETWORK - set(strings(template["Conditions"][condition])):
            yield f"{name} runs in a network of which something is missing"
        if vpc.get("Subnets") not in SUBNETS or vpc.get("VpcId") != {"Ref": "VpcId"}:
            yield f"{name} does not run in the subnets"
        if vpc.get("SecurityGroupIds") != [{"Fn::GetAtt": ["BuildSecurityGroup", "GroupId"]}]:
            yield f"{name} is not behind the builds' security group"


def security_groups_lead_to_endpoints_only(template: Rendered) -> Iterator[str]:
    """Each security group says where it leads: to a group or a prefix list on 443, or nowhere. None is open to all."""
    for name, group in resources(template, "AWS::EC2::SecurityGroup"):
        if not group.get("SecurityGroupEgress"):
            yield f"{name} says no way out, so EC2 gives it all"
        for rule in group.get("SecurityGroupEgress", []):
            target = {"DestinationSecurityGroupId", "DestinationPrefixListId"} & rule.keys()
            if rule.get("CidrIp") != NOWHERE and not (target and rule.get("FromPort") == rule.get("ToPort") == 443):
                yield f"{name} leads to {json.dumps(rule)}"
    for name, resource in template["Resources"].items():
        if resource["Type"].startswith("AWS::EC2::SecurityGroup"):
            for anywhere in ANYWHERE:
                if anywhere in strings(resource):
                    yield f"{name} is open to {anywhere}"


def endpoints_are_exactly_what_builds_call(template: Rendered) -> Iterator[str]:
    """One endpoint for each service that a buildspec's commands call, and none besides, or all are brought along."""
    if "S3GatewayEndpoint" not in template["Parameters"]:
        return
    called = services_called(template)
    made = {
        re.sub(r".*com\.amazonaws\.\$\{AWS::Region\}\.", "", next(iter(strings(endpoint["ServiceName"]["Fn::Sub"]))))
        for _, endpoint in resources(template, "AWS::EC2::VPCEndpoint")
    }
    for service in sorted(called ^ made):
        yield f"{service} " + ("is called without an endpoint" if service in called else "has an endpoint for nobody")


def endpoints_let_through_what_the_builds_may_do(template: Rendered) -> Iterator[str]:
    """An endpoint passes what a build's role may do there, on the same resources, and ECR's bucket of image layers.

    That, and all of it.
    """
    if has_its_own_vpc(template):
        return  # the builds of other stacks call them: shared_network.py
    shared = dict(resources(template, "AWS::IAM::ManagedPolicy"))
    granted = {
        (action, json.dumps([statement["Resource"], statement.get("Condition")]))
        for _, role in resources(template, "AWS::IAM::Role")
        if role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "codebuild.amazonaws.com"}
        for policy in (*role["Policies"], *(shared[each["Ref"]] for each in role.get("ManagedPolicyArns", [])))
        for statement in policy["PolicyDocument"]["Statement"]
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
    """Rules that stand beside their group let in another group on 443, and lead nowhere new."""
    for name, rule in resources(template, "AWS::EC2::SecurityGroupIngress"):
        if "SourceSecurityGroupId" not in rule or not rule.get("FromPort") == rule.get("ToPort") == 443:
            yield f"{name} lets in {json.dumps(rule)}"
    for name, rule in resources(template, "AWS::EC2::SecurityGroupEgress"):
        if "DestinationSecurityGroupId" not in rule or not rule.get("FromPort") == rule.get("ToPort") == 443:
            yield f"{name} leads to {json.dumps(rule)}"
