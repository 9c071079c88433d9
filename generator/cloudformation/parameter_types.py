"""One value, checked against the declaration of its parameter as CloudFormation does before it creates a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.findings import quoted
from generator.suggestion import did_you_mean

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BYTES = 4096

_WHOLE = re.compile("0|-?[1-9][0-9]*")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_IDS = {
    "AWS::EC2::Image::Id": "ami",
    "AWS::EC2::Instance::Id": "i",
    "AWS::EC2::SecurityGroup::Id": "sg",
    "AWS::EC2::Subnet::Id": "subnet",
    "AWS::EC2::VPC::Id": "vpc",
    "AWS::EC2::Volume::Id": "vol",
}
# Types that CloudFormation looks up in the account, which is not possible here; an invalid form is found.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_SHAPES = {
    **{
        kind: (rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", f"an id like {prefix}-0a1b2c3d4e5f67890")
        for kind, prefix in _IDS.items()
    },
    "AWS::EC2::AvailabilityZone::Name": (r"[a-z]{2,}(-[a-z0-9]+)+", "an availability zone like eu-central-1a"),
    "AWS::EC2::KeyPair::KeyName": (r".{1,255}", "the name of a key pair"),
    "AWS::EC2::SecurityGroup::GroupName": (r".{1,255}", "the name of a security group"),
    "AWS::Route53::HostedZone::Id": (r"[A-Z0-9]{1,32}", "the id of a hosted zone like Z23YXV4OVPL04A"),
    "AWS::SSM::Parameter::Name": (r"[A-Za-z0-9_.:/-]+", "the name of an SSM parameter like /images/release"),
}


def is_secret(declaration: Mapping[str, Any]) -> bool:
    """Whether CloudFormation hides the value of the parameter (NoEcho)."""
    return text(declaration.get("NoEcho", "false")) == "true"


def is_list(kind: str) -> bool:
    """Whether a parameter of this type holds several values, separated by commas."""
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def members(value: str) -> list[str]:
    """The values of a list. An empty text is a list of one empty value, and spaces around a value are ignored."""
    return [member.strip() for member in value.split(",")]


def text(literal: object) -> str:
    """A literal of a template as text, because CloudFormation compares it with a user's value as text."""
    return str(literal).lower() if isinstance(literal, bool) else str(literal)


def problems(declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    """The problems of the value, a line for each member: the given value, and the allowed ones."""
    if is_secret(declaration):  # and so the message must not repeat it
        yield "a secret (NoEcho) is given, allowed: nothing; leave it out of the file and type it when you deploy"
        return
    if (size := len(value.encode("utf-8", "surrogatepass"))) > MAX_BYTES:
        yield f"given {size:,} bytes, allowed: {MAX_BYTES:,}"
    kind = declaration["Type"]
    for member in dict.fromkeys(members(value) if is_list(kind) else [value]):
        if allowed := list(_broken(declaration, kind.removeprefix("List<").removesuffix(">"), member)):
            yield f"given {quoted(member)}{_advice(declaration, allowed)}{_meant(declaration, member)}"


def _advice(declaration: Mapping[str, Any], allowed: Iterable[str]) -> str:
    """The allowed values: the template's ConstraintDescription, or else each constraint that is broken."""
    hint = str(declaration.get("ConstraintDescription", ""))
    return f". {hint}" if hint.endswith(".") else f", allowed: {hint or '; '.join(allowed)}"


def _meant(declaration: Mapping[str, Any], value: str) -> str:
    return did_you_mean(value, [text(choice) for choice in declaration.get("AllowedValues", ())])


def _broken(declaration: Mapping[str, Any], kind: str, value: str) -> Iterator[str]:
    """The allowed values of each constraint that the value breaks."""
    if kind.startswith("AWS::SSM::Parameter::Value<"):  # the value is looked up; the text in the file is its name
        kind = "AWS::SSM::Parameter::Name"
    if kind == "Number":
        yield from _number(declaration, value)
    elif kind in _SHAPES:
        shape, example = _SHAPES[kind]
        if not re.fullmatch(shape, value):
            yield example
    choices = [text(choice) for choice in declaration.get("AllowedValues", ())]
    if choices and value not in choices:
        yield f"one of {', '.join(map(quoted, choices))}"
    # CloudFormation's patterns are Java's: they match the whole value, \d and \w are ASCII, && intersects classes.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-regexes.html
    pattern = declaration.get("AllowedPattern")
    if pattern is not None:
        import regex  # a dependency of `check` and `try`; commands that only read a template work without it

        if not regex.fullmatch(pattern, value, flags=regex.VERSION1 | regex.ASCII):
            yield f"what matches {pattern}"
    if kind == "String":
        yield from _length(declaration, len(value))


def _number(declaration: Mapping[str, Any], value: str) -> Iterator[str]:
    if not _NUMBER.fullmatch(value):
        yield "a number"
        return
    least, most = (declaration.get(bound) for bound in ("MinValue", "MaxValue"))
    if isinstance(least, int) and isinstance(most, int) and not _WHOLE.fullmatch(value):
        yield f"a whole number{_range(least, most)}, in digits alone"  # AWS takes 1e3, which no limit of ours is
        return
    if (least is not None and float(value) < float(least)) or (most is not None and float(value) > float(most)):
        yield f"a number{_range(least, most)}"


def _length(declaration: Mapping[str, Any], length: int) -> Iterator[str]:
    least, most = (declaration.get(bound) for bound in ("MinLength", "MaxLength"))
    if (least is not None and length < int(least)) or (most is not None and length > int(most)):
        yield f"a length{_range(least, most)}, this is {length}"


def _range(least: object, most: object) -> str:
    return (f" from {least}" if least is not None else "") + (f" up to {most}" if most is not None else "")
