"""The private network of the builds: VPC endpoints are the only way out, and they allow only what builds need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from awacs import s3
from awacs.aws import Allow
from troposphere import Equals, GetAtt, If, ImportValue, NoValue, Ref, Sub, Template, encode_to_dict
from troposphere.codebuild import VpcConfig
from troposphere.ec2 import SecurityGroup, SecurityGroupRule, VPCEndpoint

from generator.model.arn import bucket_objects_arn
from generator.model.grants import Grant, merged
from generator.model.owner import Owner
from generator.model.parameters import add_condition
from generator.model.stages import Build

GROUP = "Build network"
ALWAYS = ("logs",)  # every build ships its log; artifacts and image layers go through the S3 gateway endpoint
DOCKER = {"GetAuthorizationToken", "BatchGetImage"}
NAMED_CN_IN_CHINA = ("ecr.api", "ecr.dkr", "eks", "sts")


class Network(NamedTuple):
    """The network of builds: subnets of a VPC, and the security group of the builds.

    `policy` lets a role into an imported network; for one of the stack's own, `add_build_environment` makes the policy.
    `only_if` is the condition under which builds run there, and not outside of any VPC; without one they always do.
    """

    vpc_id: object
    subnet_ids: object
    security_group_id: GetAtt | ImportValue
    only_if: str = ""
    policy: ImportValue | None = None

    def vpc_config(self) -> VpcConfig | If:
        """The network as a property of a CodeBuild project."""
        config = VpcConfig(VpcId=self.vpc_id, Subnets=self.subnet_ids, SecurityGroupIds=[self.security_group_id])
        return If(self.only_if, config, NoValue) if self.only_if else config


class Endpoints(NamedTuple):
    """The VPC, subnets and groups of the endpoints in the stack's own VPC."""

    vpc_id: Ref
    subnet_ids: Sequence[Ref]
    security_group_id: GetAtt
    route_table_ids: Sequence[Ref]


def add_build_group(template: Template, owner: Owner, vpc_id: object, egress: Sequence[object]) -> GetAtt:
    """The security group of the builds: nothing comes in, and only what `egress` names goes out."""
    builds = SecurityGroup(
        "BuildSecurityGroup",
        # EC2 cannot change a description: another text would replace the group.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
        GroupDescription=Sub(f"Builds of {owner.name}: out to endpoints"),
        VpcId=vpc_id,
        SecurityGroupEgress=list(egress),
    )
    template.add_resource(builds)
    return GetAtt(builds, "GroupId")


def to_endpoints(group_id: object) -> SecurityGroupRule:
    """A rule that leads to the interface endpoints."""
    return SecurityGroupRule(**https("Interface endpoints"), DestinationSecurityGroupId=group_id)


def to_s3(prefix_list_id: object) -> SecurityGroupRule:
    """A rule that leads to S3, by the prefix list whose addresses the gateway endpoint serves."""
    # Requests through a gateway endpoint go to the public addresses of S3. A network ACL cannot name the prefix list.
    # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    return SecurityGroupRule(**https("S3 through its gateway endpoint"), DestinationPrefixListId=prefix_list_id)


def to_https() -> SecurityGroupRule:
    """A rule that leads to every address on port 443: a NAT gateway leads to AWS, which has no list of addresses."""
    return SecurityGroupRule(**https("AWS through a NAT gateway"), CidrIp="0.0.0.0/0")


def add_endpoints(template: Template, places: Endpoints, builds: Iterable[Build]) -> None:
    """The endpoints of exactly the services that the builds call, each limited to the builds' permissions there.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    builds = tuple(builds)
    grants = merged(grant for build in builds for grant in build.grants)
    services = {*ALWAYS, *(service for build in builds for service in build.services)}
    for service in sorted(services):
        template.add_resource(
            VPCEndpoint(
                endpoint_title(service),
                VpcEndpointType="Interface",
                ServiceName=service_name(template, service),
                VpcId=places.vpc_id,
                SubnetIds=list(places.subnet_ids),
                SecurityGroupIds=[places.security_group_id],
                # The CLI and Docker then find the endpoint under the service's public name.
                # https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
                PrivateDnsEnabled=True,
                PolicyDocument=endpoint_policy(service.split(".")[0], _asked(service, grants)),
            )
        )
    template.add_resource(
        VPCEndpoint(
            "S3Endpoint",
            VpcEndpointType="Gateway",
            ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
            VpcId=places.vpc_id,
            RouteTableIds=list(places.route_table_ids),
            PolicyDocument=endpoint_policy("s3", (*grants, image_layers())),
        )
    )


def _asked(service: str, grants: Iterable[Grant]) -> Iterator[Grant]:
    """The grants for calls through an endpoint. ECR has two: `ecr.dkr` is only for Docker's log-in and pulls.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    for grant in grants:
        if service != "ecr.dkr" or DOCKER.intersection(action.action for action in grant.actions):
            yield grant


def endpoint_title(service: str) -> str:
    """The logical id of the endpoint of a service: EcrApiEndpoint for `ecr.api`."""
    return "".join(word.capitalize() for word in service.split(".")) + "Endpoint"


def endpoint_policy(prefix: str, grants: Iterable[Grant]) -> dict[str, object]:
    """A policy that allows callers no more than the builds' grants do.

    Grants on the same resources share a statement.
    """
    statements: dict[str, tuple[str, dict[str, Any]]] = {}
    for grant in grants:
        if actions := [action for action in grant.actions if action.prefix == prefix]:
            where = {"Resource": grant.resource} | ({"Condition": grant.condition} if grant.condition else {})
            # The policy of an endpoint grants nothing: it limits what the policies of the callers allow.
            # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
            first = {"Effect": Allow, "Principal": "*", "Action": [], **where}
            same = json.dumps([grant.only_if, encode_to_dict(where)])
            statements.setdefault(same, (grant.only_if, first))[1]["Action"] += actions
    if not statements:
        raise ValueError(f"a build calls {prefix} and has no grant for it")
    items = [If(only_if, each, NoValue) if only_if else each for only_if, each in statements.values()]
    return {"Version": "2012-10-17", "Statement": items}


def image_layers() -> Grant:
    """Fetch image layers, which ECR serves from a bucket of its own by presigned addresses."""
    return Grant(
        sid="PullLayers",
        actions=(s3.GetObject,),
        # ECR signs the addresses itself, so a condition on the account of the caller would refuse them.
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
        resources=(bucket_objects_arn("prod-${AWS::Region}-starport-layer-bucket"),),
        why="ECR keeps image layers in this bucket.",
    )


def service_name(template: Template, service: str) -> Sub:
    """The name of an endpoint service.

    In China some have a prefix of their own (aws ec2 describe-vpc-endpoint-services).
    """
    if service not in NAMED_CN_IN_CHINA:
        return Sub(f"com.amazonaws.${{AWS::Region}}.{service}")
    if "InChina" not in template.conditions:
        add_condition(template, "InChina", Equals(Ref("AWS::Partition"), "aws-cn"))
    return Sub(f"${{Prefix}}com.amazonaws.${{AWS::Region}}.{service}", Prefix=If("InChina", "cn.", ""))


def https(description: str) -> dict[str, Any]:
    """The properties of a rule of a security group for HTTPS."""
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": description}


def nowhere() -> SecurityGroupRule:
    """A rule that allows no traffic: without any rule, EC2 gives a new group one that allows all traffic.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    """
    return SecurityGroupRule(IpProtocol="-1", CidrIp="127.0.0.1/32", Description="No connections")
