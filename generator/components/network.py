"""The private network of the builds: no way out but through VPC endpoints, and through those only what builds need."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from awacs import s3
from awacs.aws import Allow
from troposphere import Equals, GetAtt, If, Ref, Split, Sub, Template, encode_to_dict
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
NAMED_CN_IN_CHINA = ("ecr.api", "ecr.dkr", "eks", "sts")


class Network(NamedTuple):
    """Where builds run."""

    vpc_id: Ref
    subnet_ids: Ref
    security_group_id: GetAtt
    endpoint_security_group_id: GetAtt
    route_table_ids: Ref

    def vpc_config(self) -> VpcConfig:
        """The network as a CodeBuild project wants it."""
        return VpcConfig(VpcId=self.vpc_id, Subnets=self.subnet_ids, SecurityGroupIds=[self.security_group_id])


def add_build_network(template: Template) -> Network:
    """The builds' security group in a VPC and subnets brought along; `add_endpoints` says what it reaches."""
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
    prefix_list_id = add_parameter(
        template,
        "S3PrefixListId",
        group=GROUP,
        label="Prefix list of S3",
        description="Prefix list com.amazonaws.<region>.s3 (aws ec2 describe-managed-prefix-lists).",
        AllowedPattern="^pl-[0-9a-f]{8,17}$",
        ConstraintDescription="Type the id of a prefix list, such as pl-6da54004.",
    )
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
        SecurityGroupEgress=[_nowhere()],
    )
    template.add_resource(endpoints)
    endpoint_group_id = If(created, GetAtt(endpoints, "GroupId"), existing_group)
    builds = SecurityGroup(
        "BuildSecurityGroup",
        GroupDescription=Sub("Builds of ${AWS::StackName}: out to endpoints"),
        VpcId=vpc_id,
        SecurityGroupEgress=[
            SecurityGroupRule(**_https("Interface endpoints"), DestinationSecurityGroupId=endpoint_group_id),
            SecurityGroupRule(**_https("S3 through its gateway endpoint"), DestinationPrefixListId=prefix_list_id),
        ],
    )
    template.add_resource(builds)
    template.add_resource(
        SecurityGroupIngress(
            "EndpointIngress",
            Condition=created,
            GroupId=GetAtt(endpoints, "GroupId"),
            SourceSecurityGroupId=GetAtt(builds, "GroupId"),
            **_https("From the builds"),
        )
    )
    add_output(
        template,
        "BuildSecurityGroupId",
        GetAtt(builds, "GroupId"),
        "Security group of the builds: let it in where builds go",
    )
    return Network(vpc_id, subnet_ids, GetAtt(builds, "GroupId"), GetAtt(endpoints, "GroupId"), route_table_ids)


def add_endpoints(template: Template, network: Network, builds: Iterable[Build]) -> None:
    """The endpoints of exactly the services that the builds call, each open for exactly what the builds may do there.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    grants = merged(grant for build in builds for grant in build.grants)
    services = {*ALWAYS, *(service for build in builds for service in build.services)}
    made = [
        VPCEndpoint(
            "".join(word.capitalize() for word in service.split(".")) + "Endpoint",
            Condition="CreateEndpoints",
            VpcEndpointType="Interface",
            ServiceName=_service_name(template, service),
            VpcId=network.vpc_id,
            SubnetIds=network.subnet_ids,
            SecurityGroupIds=[network.endpoint_security_group_id],
            PrivateDnsEnabled=True,
            PolicyDocument=_endpoint_policy(service.split(".")[0], grants),
        )
        for service in sorted(services)
    ]
    gateway = VPCEndpoint(
        "S3Endpoint",
        Condition="CreateS3Endpoint",
        VpcEndpointType="Gateway",
        ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
        VpcId=network.vpc_id,
        RouteTableIds=Split(",", network.route_table_ids),
        PolicyDocument=_endpoint_policy("s3", (*grants, _image_layers())),
    )
    for endpoint in (*made, gateway):
        template.add_resource(endpoint)


def _endpoint_policy(prefix: str, grants: Iterable[Grant]) -> dict[str, object]:
    """Whoever calls: no more than the builds' own grants passes. Grants on the same resources share a statement."""
    statements: dict[str, dict[str, Any]] = {}
    for grant in grants:
        if actions := [action for action in grant.actions if action.prefix == prefix]:
            where = {"Resource": grant.resource} | ({"Condition": grant.condition} if grant.condition else {})
            first = {"Effect": Allow, "Principal": "*", "Action": [], **where}
            statements.setdefault(json.dumps(encode_to_dict(where)), first)["Action"] += actions
    if not statements:
        raise ValueError(f"a build calls {prefix} and has no grant for it")
    return {"Version": "2012-10-17", "Statement": list(statements.values())}


def _image_layers() -> Grant:
    """ECR hands out image layers from a bucket of its own, by presigned addresses."""
    return Grant(
        sid="PullLayers",
        actions=(s3.GetObject,),
        resources=(bucket_objects_arn("prod-${AWS::Region}-starport-layer-bucket"),),
        why="ECR keeps image layers in this bucket.",
    )


def _service_name(template: Template, service: str) -> Sub:
    """In China some endpoint services have a prefix of their own (aws ec2 describe-vpc-endpoint-services)."""
    if service not in NAMED_CN_IN_CHINA:
        return Sub(f"com.amazonaws.${{AWS::Region}}.{service}")
    if "InChina" not in template.conditions:
        add_condition(template, "InChina", Equals(Ref("AWS::Partition"), "aws-cn"))
    return Sub(f"${{Prefix}}com.amazonaws.${{AWS::Region}}.{service}", Prefix=If("InChina", "cn.", ""))


def _https(description: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": description}


def _nowhere() -> SecurityGroupRule:
    """A rule that leads nowhere: without any, EC2 gives a new group one that leads everywhere.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    """
    return SecurityGroupRule(IpProtocol="-1", CidrIp="127.0.0.1/32", Description="Nowhere")
