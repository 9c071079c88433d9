"""Builds inside the private network or outside of it, as a parameter says."""

from __future__ import annotations

from troposphere import And, Equals, GetAtt, Ref, Split, Sub, Template
from troposphere.ec2 import SecurityGroup, SecurityGroupRule

from generator.components.network import GROUP, Network, https
from generator.outputs import add_output
from generator.parameters import add_choice, add_condition, add_parameter, add_rule, is_given

PRIVATE, INTERNET = "private", "internet"
ID = "[0-9a-f]{8,17}"


def add_optional_network(template: Template) -> Network:
    """A VPC and endpoints brought along, as the template `network` makes them; or none: then CodeBuild's own network.

    The parameters are plain texts: those of AWS's own types cannot be left empty.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
    """
    where = add_choice(
        template,
        "BuildNetwork",
        group=GROUP,
        label="Where builds run",
        description="private: in the subnets below, without internet. internet: outside of any VPC, with internet.",
        choices=(PRIVATE, INTERNET),
    )
    vpc = ("VpcId", "VPC", "The VPC, with DNS support and DNS hostnames on.", f"vpc-{ID}")
    subnets = (
        "SubnetIds",
        "Private subnets",
        "Subnets of the VPC, with commas between.",
        f"subnet-{ID}(,subnet-{ID})*",
    )
    prefixes = ("S3PrefixListId", "Prefix list of S3", "Prefix list com.amazonaws.<region>.s3.", f"pl-{ID}")
    endpoints = (
        "EndpointSecurityGroupId",
        "Interface endpoints",
        "Security group of the VPC's interface endpoints; it must let the builds in on port 443.",
        f"sg-{ID}",
    )
    given = {each[0]: _add_optional(template, *each) for each in (vpc, subnets, prefixes, endpoints)}
    private = add_condition(template, "InPrivateNetwork", And(Equals(where, PRIVATE), *map(is_given, given.values())))
    add_rule(
        template,
        "PrivateNetwork",
        *((is_given(parameter), f"BuildNetwork=private: type {name}.") for name, parameter in given.items()),
        when=Equals(where, PRIVATE),
    )
    add_rule(
        template,
        "NoNetwork",
        (Equals(given["VpcId"], ""), "BuildNetwork=internet: leave VpcId empty, or type private."),
        when=Equals(where, INTERNET),
    )
    builds = SecurityGroup(
        "BuildSecurityGroup",
        Condition=private,
        GroupDescription=Sub("Builds of ${AWS::StackName}: out to endpoints"),
        VpcId=given["VpcId"],
        SecurityGroupEgress=[
            SecurityGroupRule(
                **https("Interface endpoints"), DestinationSecurityGroupId=given["EndpointSecurityGroupId"]
            ),
            SecurityGroupRule(
                **https("S3 through its gateway endpoint"), DestinationPrefixListId=given["S3PrefixListId"]
            ),
        ],
    )
    template.add_resource(builds)
    group_id = GetAtt(builds, "GroupId")
    add_output(
        template,
        "BuildSecurityGroupId",
        group_id,
        "Security group of the builds: let it in where builds go",
        only_if=private,
    )
    return Network(given["VpcId"], Split(",", given["SubnetIds"]), group_id, None, only_if=private)


def _add_optional(template: Template, name: str, label: str, description: str, pattern: str) -> Ref:
    return add_parameter(
        template,
        name,
        group=GROUP,
        label=label,
        description=f"With private: {description}",
        Default="",
        AllowedPattern=f"^({pattern})?$",
        ConstraintDescription=f"Type {pattern.split('-', maxsplit=1)[0]}-..., or nothing.",
    )
