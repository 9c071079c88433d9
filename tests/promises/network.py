"""Promises about the network of the builds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.rendered import Rendered, listed, resources, strings

ANYWHERE = ("0.0.0.0/0", "::/0")
NOWHERE = "127.0.0.1/32"
# What a command of a buildspec calls. Logs and artifacts are CodeBuild's own business: every build has them.
CALLS = {r"\baws ecr\b": "ecr.api", r"\bdocker (login|pull|push)\b": "ecr.dkr"}
CALLS_ANY = r"\baws (?!ecr\b)([a-z0-9-]+) [a-z-]+"
ALWAYS = {"logs", "s3"}


def builds_run_in_the_private_network(template: Rendered) -> Iterator[str]:
    """Every build runs in the given subnets behind the builds' security group."""
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        vpc = project.get("VpcConfig", {})
        if vpc.get("Subnets") != {"Ref": "SubnetIds"} or vpc.get("VpcId") != {"Ref": "VpcId"}:
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
    """One endpoint for each service that a buildspec's commands call, and none besides."""
    called = set(ALWAYS)
    for _, project in resources(template, "AWS::CodeBuild::Project"):
        buildspec = project["Source"]["BuildSpec"]
        called |= {service for pattern, service in CALLS.items() if re.search(pattern, buildspec)}
        called |= set(re.findall(CALLS_ANY, buildspec))
    made = {
        re.sub(r".*com\.amazonaws\.\$\{AWS::Region\}\.", "", next(iter(strings(endpoint["ServiceName"]["Fn::Sub"]))))
        for _, endpoint in resources(template, "AWS::EC2::VPCEndpoint")
    }
    for service in sorted(called ^ made):
        yield f"{service} " + ("is called without an endpoint" if service in called else "has an endpoint for nobody")


def endpoints_let_through_this_pipeline_only(template: Rendered) -> Iterator[str]:
    """Endpoint policies allow named resources: this repository, the artifact bucket, ECR's layers, the builds' logs."""
    ours = ("ArtifactBucket", "repository/${RepositoryName}", "-starport-layer-bucket/*", "Logs")
    for name, endpoint in resources(template, "AWS::EC2::VPCEndpoint"):
        if "PolicyDocument" not in endpoint:
            yield f"{name} lets everything through"
        for statement in endpoint.get("PolicyDocument", {}).get("Statement", []):
            for resource in listed(statement["Resource"]):
                token = statement["Action"] == ["ecr:GetAuthorizationToken"] and resource == "*"
                if not token and not any(part in json.dumps(resource) for part in ours):
                    yield f"{name} lets through {json.dumps(resource)}"
