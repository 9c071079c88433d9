"""The private network of the builds: no way out but through VPC endpoints, and through those only what builds need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from awacs import s3
from awacs.aws import Allow
from troposphere import Equals, GetAtt, If, NoValue, Ref, Split, Sub, Template, encode_to_dict
from troposphere.codebuild import VpcConfig
from troposphere.ec2 import SecurityGroup, SecurityGroupIngress, SecurityGroupRule, VPCEndpoint

from generator.arn import bucket_objects_arn
from generator.iam import Grant, merged
from generator.outputs import add_output
from generator.parameters import add_choice, add_condition, add_parameter, add_rule, is_given
from generator.stages import Build

GROUP = "Build network"
CREATE, EXISTING = "create", "existing"
ALWAYS = ("logs",)  # every build ships its log; artifacts and image layers go through the S3 gateway endpoint
DOCKER = {"GetAuthorizationToken", "BatchGetImage"}
NAMED_CN_IN_CHINA = ("ecr.api", "ecr.dkr", "eks", "sts")


class Network(NamedTuple):
    """Where builds run. `endpoints` are those that the stack makes there; None where they are brought along.

    `only_if` is the condition under which builds run there, and not outside of any VPC; without one they always do.
    """

    vpc_id: Ref
    subnet_ids: Ref | Split
    security_group_id: GetAtt
    endpoints: OwnEndpoints | None
    only_if: str = ""

    def vpc_config(self) -> VpcConfig | If:
        """The network as a CodeBuild project wants it."""
        config = VpcConfig(VpcId=self.vpc_id, Subnets=self.subnet_ids, SecurityGroupIds=[self.security_group_id])
        return If(self.only_if, config, NoValue) if self.only_if else config


class OwnEndpoints(NamedTuple):
    """Where endpoints of the stack's own are put."""

    security_group_id: GetAtt
    route_table_ids: Ref


def add_given_network(template: Template, leads_to: Sequence[object] = ()) -> Network:
    """The builds' security group in a VPC with endpoints brought along, as the template `network` makes it.

    `leads_to` are rules of the group for what builds reach there besides the endpoints and S3.
    """
    vpc_id, subnet_ids = _add_vpc(template)
    endpoint_group = add_parameter(
        template,
        "EndpointSecurityGroupId",
        group=GROUP,
        label="Interface endpoints",
        description="Security group of the VPC's interface endpoints; it must let the builds in on port 443.",
        AllowedPattern="^sg-[0-9a-f]{8,17}$",
        ConstraintDescription="Type the id of a security group, such as sg-0a1b2c3d4e5f60718.",
    )
    return Network(vpc_id, subnet_ids, _add_build_group(template, vpc_id, endpoint_group, leads_to), None)


def add_build_network(template: Template) -> Network:
    """The builds' security group in a VPC brought along, with endpoints that the stack makes or that are there.

    `add_endpoints` makes them, when it is known what the builds call.
    """
    vpc_id, subnet_ids = _add_vpc(template)
    existing_group = add_parameter(
        template,
        "EndpointSecurityGroupId",
        group=GROUP,
        label="Existing interface endpoints",
        description="Security group of the VPC's endpoints for ECR and Logs; it must let the builds in on port 443. "
        "Empty: the stack makes them, for this pipeline alone: in a VPC where nothing else needs these services.",
        Default="",
        AllowedPattern="^(sg-[0-9a-f]{8,17})?$",
        ConstraintDescription="Type the id of a security group, or nothing.",
    )
    gateway = add_choice(
        template,
        "S3GatewayEndpoint",
        group=GROUP,
        label="S3 gateway endpoint",
        description="create: the stack makes it. existing: the route tables have one.",
        choices=(CREATE, EXISTING),
    )
    route_table_ids = add_parameter(
        template,
        "RouteTableIds",
        group=GROUP,
        label="Route tables for the S3 endpoint",
        description="With a new S3 endpoint: the subnets' route tables. All that uses them reaches only this bucket.",
        Default="",
        AllowedPattern="^(rtb-[0-9a-f]{8,17}(,rtb-[0-9a-f]{8,17})*)?$",
        ConstraintDescription="Type ids of route tables with commas between (rtb-...,rtb-...), or nothing.",
    )
    add_rule(
        template,
        "NewS3Endpoint",
        (
            is_given(route_table_ids),
            "S3GatewayEndpoint=create: type the route tables of the subnets into RouteTableIds.",
        ),
        when=Equals(gateway, CREATE),
    )
    created = add_condition(template, "CreateEndpoints", Equals(existing_group, ""))
    add_condition(template, "CreateS3Endpoint", Equals(gateway, CREATE))
    endpoints = SecurityGroup(
        "EndpointSecurityGroup",
        Condition=created,
        GroupDescription=Sub("Endpoints of ${AWS::StackName}: in from its builds"),
        VpcId=vpc_id,
        SecurityGroupEgress=[nowhere()],
    )
    template.add_resource(endpoints)
    endpoint_group_id = GetAtt(endpoints, "GroupId")
    builds = _add_build_group(template, vpc_id, If(created, endpoint_group_id, existing_group))
    template.add_resource(
        SecurityGroupIngress(
            "EndpointIngress",
            Condition=created,
            GroupId=endpoint_group_id,
            SourceSecurityGroupId=builds,
            **https("From the builds"),
        )
    )
    return Network(vpc_id, subnet_ids, builds, OwnEndpoints(endpoint_group_id, route_table_ids))


def _add_vpc(template: Template) -> tuple[Ref, Ref]:
    vpc_id = add_parameter(
        template,
        "VpcId",
        group=GROUP,
        label="VPC",
        description="VPC of the builds, with DNS support and DNS hostnames on.",
        type="AWS::EC2::VPC::Id",
    )
    subnet_ids = add_parameter(
        template,
        "SubnetIds",
        group=GROUP,
        label="Private subnets",
        description="Subnets of the builds, each in another zone. They need no way to the internet.",
        type="List<AWS::EC2::Subnet::Id>",
    )
    add_rule(
        template,
        "SubnetsInVpc",
        (
            {
                "Fn::EachMemberIn": [
                    {"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]},
                    {"Fn::RefAll": "AWS::EC2::VPC::Id"},
                ]
            },
            "Choose subnets of the chosen VPC.",
        ),
    )
    return vpc_id, subnet_ids


def _add_build_group(
    template: Template, vpc_id: Ref, endpoint_group_id: object, leads_to: Sequence[object] = ()
) -> GetAtt:
    prefix_list_id = add_parameter(
        template,
        "S3PrefixListId",
        group=GROUP,
        label="Prefix list of S3",
        description="Prefix list com.amazonaws.<region>.s3 (aws ec2 describe-managed-prefix-lists).",
        AllowedPattern="^pl-[0-9a-f]{8,17}$",
        ConstraintDescription="Type the id of a prefix list, such as pl-6da54004.",
    )
    builds = SecurityGroup(
        "BuildSecurityGroup",
        GroupDescription=Sub("Builds of ${AWS::StackName}: out to endpoints"),
        VpcId=vpc_id,
        SecurityGroupEgress=[
            SecurityGroupRule(**https("Interface endpoints"), DestinationSecurityGroupId=endpoint_group_id),
            *leads_to,
            SecurityGroupRule(**https("S3 through its gateway endpoint"), DestinationPrefixListId=prefix_list_id),
        ],
    )
    template.add_resource(builds)
    group_id = GetAtt(builds, "GroupId")
    add_output(template, "BuildSecurityGroupId", group_id, "Security group of the builds: let it in where builds go")
    return group_id


def add_endpoints(template: Template, network: Network, builds: Iterable[Build]) -> None:
    """The endpoints of exactly the services that the builds call, each open for exactly what the builds may do there.

    Endpoints brought along are somebody else's business.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    if network.endpoints is None:
        return
    grants = merged(grant for build in builds for grant in build.grants)
    services = {*ALWAYS, *(service for build in builds for service in build.services)}
    made = [
        VPCEndpoint(
            endpoint_title(service),
            Condition="CreateEndpoints",
            VpcEndpointType="Interface",
            ServiceName=service_name(template, service),
            VpcId=network.vpc_id,
            SubnetIds=network.subnet_ids,
            SecurityGroupIds=[network.endpoints.security_group_id],
            PrivateDnsEnabled=True,
            PolicyDocument=endpoint_policy(service.split(".")[0], _asked(service, grants)),
        )
        for service in sorted(services)
    ]
    gateway = VPCEndpoint(
        "S3Endpoint",
        Condition="CreateS3Endpoint",
        VpcEndpointType="Gateway",
        ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
        VpcId=network.vpc_id,
        RouteTableIds=Split(",", network.endpoints.route_table_ids),
        PolicyDocument=endpoint_policy("s3", (*grants, image_layers())),
    )
    for endpoint in (*made, gateway):
        template.add_resource(endpoint)


def _asked(service: str, grants: Iterable[Grant]) -> Iterator[Grant]:
    """What is asked through an endpoint. ECR has two: through `ecr.dkr` Docker logs in and pulls, and no more.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    for grant in grants:
        if service != "ecr.dkr" or DOCKER.intersection(action.action for action in grant.actions):
            yield grant


def endpoint_title(service: str) -> str:
    """The logical id of the endpoint of a service: EcrApiEndpoint for `ecr.api`."""
    return "".join(word.capitalize() for word in service.split(".")) + "Endpoint"


def endpoint_policy(prefix: str, grants: Iterable[Grant]) -> dict[str, object]:
    """Whoever calls: no more than the builds' own grants passes. Grants on the same resources share a statement."""
    statements: dict[str, tuple[str, dict[str, Any]]] = {}
    for grant in grants:
        if actions := [action for action in grant.actions if action.prefix == prefix]:
            where = {"Resource": grant.resource} | ({"Condition": grant.condition} if grant.condition else {})
            first = {"Effect": Allow, "Principal": "*", "Action": [], **where}
            same = json.dumps([grant.only_if, encode_to_dict(where)])
            statements.setdefault(same, (grant.only_if, first))[1]["Action"] += actions
    if not statements:
        raise ValueError(f"a build calls {prefix} and has no grant for it")
    items = [If(only_if, each, NoValue) if only_if else each for only_if, each in statements.values()]
    return {"Version": "2012-10-17", "Statement": items}


def image_layers() -> Grant:
    """ECR hands out image layers from a bucket of its own, by presigned addresses."""
    return Grant(
        sid="PullLayers",
        actions=(s3.GetObject,),
        resources=(bucket_objects_arn("prod-${AWS::Region}-starport-layer-bucket"),),
        why="ECR keeps image layers in this bucket.",
    )


def service_name(template: Template, service: str) -> Sub:
    """In China some endpoint services have a prefix of their own (aws ec2 describe-vpc-endpoint-services)."""
    if service not in NAMED_CN_IN_CHINA:
        return Sub(f"com.amazonaws.${{AWS::Region}}.{service}")
    if "InChina" not in template.conditions:
        add_condition(template, "InChina", Equals(Ref("AWS::Partition"), "aws-cn"))
    return Sub(f"${{Prefix}}com.amazonaws.${{AWS::Region}}.{service}", Prefix=If("InChina", "cn.", ""))


def https(description: str) -> dict[str, Any]:
    """The properties of a rule of a security group for HTTPS."""
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": description}


def nowhere() -> SecurityGroupRule:
    """A rule that leads nowhere: without any, EC2 gives a new group one that leads everywhere.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    """
    return SecurityGroupRule(IpProtocol="-1", CidrIp="127.0.0.1/32", Description="Nowhere")
