"""The parameters that describe an existing VPC, for templates that can also do without one."""

from __future__ import annotations

from typing import NamedTuple

from troposphere import And, Equals, Not, Ref, Template

from generator.model.parameters import add_condition, add_parameter, add_rule, is_given

ID = "[0-9a-f]{8,17}"


class Text(NamedTuple):
    """A parameter that is text, because parameters of AWS's own types cannot be left empty.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
    """

    label: str
    description: str
    pattern: str
    example: str


# Called like the exports of a network, so that one can take the place of the other.
TEXTS = {
    "VpcId": Text("VPC", "An existing VPC with DNS support and DNS hostnames.", f"vpc-{ID}", "vpc-0a1b2c3d4e5f60718"),
    "SubnetIds": Text(
        "Private subnets",
        "Subnets of the VPC in different zones, separated by commas. They need no route to the internet.",
        f"subnet-{ID}(,subnet-{ID}){{0,5}}",
        "subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719",
    ),
    "EndpointSecurityGroupId": Text(
        "Interface endpoints",
        "Security group of the VPC's interface endpoints. It must admit the builds on port 443.",
        f"sg-{ID}",
        "sg-0a1b2c3d4e5f60718",
    ),
    "S3PrefixListId": Text(
        "Prefix list of S3",
        "Prefix list com.amazonaws.<region>.s3 (aws ec2 describe-managed-prefix-lists).",
        f"pl-{ID}",
        "pl-6da54004",
    ),
}


class ExistingVpc(NamedTuple):
    """The parameters by the names of the exports of a network, and the condition under which they are used."""

    given: dict[str, Ref]
    condition: str


def add_existing_vpc(template: Template, *, chosen_by: Ref, value: str) -> ExistingVpc:
    """The parameters: all are required if the parameter `chosen_by` is `value`, and otherwise none."""
    name = chosen_by.data["Ref"]
    given = {thing: _add_text(template, thing, text, f"Existing VPC ({name}={value})") for thing, text in TEXTS.items()}
    add_rule(
        template,
        "ExistingVpcIsComplete",
        *((is_given(parameter), f"{name}={value}: enter {thing}.") for thing, parameter in given.items()),
        when=Equals(chosen_by, value),
    )
    add_rule(
        template,
        "NoExistingVpc",
        (
            And(*(Equals(parameter, "") for parameter in given.values())),
            f"{name} is not {value}: leave {', '.join(given)} empty.",
        ),
        when=Not(Equals(chosen_by, value)),
    )
    condition = add_condition(template, "InExistingVpc", And(Equals(chosen_by, value), *map(is_given, given.values())))
    return ExistingVpc(given, condition)


def _add_text(template: Template, name: str, text: Text, group: str) -> Ref:
    return add_parameter(
        template,
        name,
        group=group,
        label=text.label,
        description=text.description,
        Default="",
        AllowedPattern=f"^({text.pattern})?$",
        ConstraintDescription=f"Type a value such as {text.example}, or leave it empty.",
    )
