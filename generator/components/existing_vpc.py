"""The parameters that describe an existing VPC, for templates that can also do without one."""

from __future__ import annotations

from typing import NamedTuple

from troposphere import And, Condition, Equals, Not, Or, Ref, Template

from generator.model.parameters import EACH_ONCE, add_condition, add_parameter, add_rule, is_given

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
    "VpcId": Text(
        "VPC", "An existing VPC with DNS support and DNS hostnames enabled.", f"vpc-{ID}", "vpc-0a1b2c3d4e5f60718"
    ),
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


# The parameters for a VPC that leads builds to AWS without endpoints.
PLACE = ("VpcId", "SubnetIds")


class ExistingVpc(NamedTuple):
    """The parameters by the names of the exports of a network, and the condition under which they are used.

    Under the condition `nat` they are used without endpoints; "" if that choice does not exist.
    """

    given: dict[str, Ref]
    condition: str
    endpoints: str
    """The condition under which its endpoints are used."""
    nat: str = ""


def add_existing_vpc(template: Template, *, chosen_by: Ref, value: str, nat: str = "") -> ExistingVpc:
    """The parameters: all are required if the parameter `chosen_by` is `value`, and otherwise none.

    If it is `nat`, only VPC and subnets are required: these reach AWS through a NAT gateway, not through endpoints.
    """
    name = chosen_by.data["Ref"]
    values = f"{value} or {nat}" if nat else value
    given = {
        thing: _add_text(template, thing, text, f"Existing VPC ({name}={values})") for thing, text in TEXTS.items()
    }
    add_rule(
        template,
        "ExistingVpcIsComplete",
        *((is_given(parameter), f"{name}={value}: enter {thing}.") for thing, parameter in given.items()),
        when=Equals(chosen_by, value),
    )
    complete = And(Equals(chosen_by, value), *map(is_given, given.values()))
    if not nat:
        _refuse_unused(template, given, Not(Equals(chosen_by, value)), f"{name} is not {value}")
        whole = add_condition(template, "InExistingVpc", complete)
        return ExistingVpc(given, whole, whole)
    place = {thing: given[thing] for thing in PLACE}
    others = {thing: parameter for thing, parameter in given.items() if thing not in PLACE}
    add_rule(
        template,
        "VpcWithNatIsComplete",
        *((is_given(parameter), f"{name}={nat}: enter {thing}.") for thing, parameter in place.items()),
        (_all_empty(others), f"{name}={nat}: leave {' and '.join(others)} empty."),
        when=Equals(chosen_by, nat),
    )
    neither = And(Not(Equals(chosen_by, value)), Not(Equals(chosen_by, nat)))
    _refuse_unused(template, given, neither, f"{name} is neither {value} nor {nat}")
    behind = add_condition(template, "BehindNat", Equals(chosen_by, nat))
    either = And(Or(Equals(chosen_by, value), Condition(behind)), *map(is_given, place.values()))
    endpoints = And(Equals(chosen_by, value), *map(is_given, others.values()))
    return ExistingVpc(
        given,
        add_condition(template, "InExistingVpc", either),
        add_condition(template, "UseExistingEndpoints", endpoints),
        behind,
    )


def _refuse_unused(template: Template, given: dict[str, Ref], when: object, why: str) -> None:
    message = f"{why}: leave {', '.join(given)} empty."
    add_rule(template, "NoExistingVpc", (_all_empty(given), message), when=when)


def _all_empty(parameters: dict[str, Ref]) -> And:
    return And(*(Equals(parameter, "") for parameter in parameters.values()))


def _add_text(template: Template, name: str, text: Text, group: str) -> Ref:
    return add_parameter(
        template,
        name,
        group=group,
        label=text.label,
        description=text.description,
        Default="",
        AllowedPattern=f"^{EACH_ONCE if ',' in text.pattern else ''}({text.pattern})?$",
        ConstraintDescription=f"Enter a value such as {text.example}, or leave it empty.",
    )
