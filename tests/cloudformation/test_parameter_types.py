"""One value against the declaration of its parameter."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cloudformation.parameter_types import MAX_BYTES, problems

STRING = {"Type": "String"}
VPC = {"Type": "AWS::EC2::VPC::Id"}
SUBNETS = {"Type": "List<AWS::EC2::Subnet::Id>"}
LIST = {"Type": "CommaDelimitedList"}
NUMBER = {"Type": "Number"}
ID = "0a1b2c3d4e5f67890"


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        (STRING, ""),
        (STRING, "x" * MAX_BYTES),
        ({**STRING, "AllowedPattern": "^$|sg-.*"}, ""),
        ({**STRING, "AllowedPattern": "a|ab"}, "ab"),
        ({**STRING, "AllowedPattern": r"[a-z&&[^b]]+"}, "ac"),
        ({**STRING, "MinLength": "2", "MaxLength": 3}, "abc"),
        ({**STRING, "AllowedValues": [True, "no"]}, "true"),
        ({**NUMBER, "MinValue": 0, "MaxValue": "10"}, "10"),
        ({**NUMBER, "AllowedValues": [1, 2]}, "2"),
        (NUMBER, "-1.5e3"),
        ({"Type": "List<Number>", "MaxValue": 80}, "80, 20"),
        (VPC, f"vpc-{ID}"),
        (VPC, "vpc-1a2b3c4d"),
        (SUBNETS, f"subnet-{ID}, subnet-1a2b3c4d"),
        (LIST, ""),
        ({**LIST, "AllowedValues": ["a", "b"]}, "b,a"),
        ({**LIST, "AllowedPattern": "[a-z]"}, "a, b"),
        ({"Type": "AWS::EC2::AvailabilityZone::Name"}, "us-gov-west-1a"),
        ({"Type": "AWS::Route53::HostedZone::Id"}, "Z23YXV4OVPL04A"),
        ({"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"}, "/aws/service/ami:3"),
        ({"Type": "AWS::SSM::Parameter::Value<List<String>>"}, "/names"),
    ],
)
def test_a_value_that_cloudformation_accepts_is_accepted(declaration: dict[str, Any], value: str) -> None:
    """No constraint is stricter than CloudFormation's."""
    assert [] == list(problems(declaration, value))


@pytest.mark.parametrize(
    ("declaration", "value", "expected"),
    [
        (STRING, "x" * (MAX_BYTES + 1), "given 4,097 bytes, allowed: 4,096"),
        ({**STRING, "AllowedPattern": "[a-z]+"}, "a1", 'given "a1", allowed: what matches [a-z]+'),
        ({**STRING, "AllowedPattern": "[a-z]+"}, "a\n", 'given "a\\n", allowed: what matches [a-z]+'),
        ({**STRING, "AllowedPattern": r"\d"}, "٣", 'given "\\u0663", allowed: what matches \\d'),
        (
            {**STRING, "AllowedPattern": "[a-z]+", "ConstraintDescription": "lower case letters"},
            "A",
            'given "A", allowed: lower case letters',
        ),
        (
            {**STRING, "AllowedPattern": "[a-z]+", "MinLength": 1, "ConstraintDescription": "Type a name."},
            "",
            'given "". Type a name.',
        ),
        (
            {**STRING, "AllowedValues": ["fail", "allow"], "ConstraintDescription": "fail or allow"},
            "Fail",
            'given "Fail", allowed: fail or allow (did you mean fail?)',
        ),
        ({**LIST, "AllowedPattern": "[a-z]"}, "1,b,1", 'given "1", allowed: what matches [a-z]'),
        ({**STRING, "MinLength": 2}, "a", 'given "a", allowed: a length from 2, this is 1'),
        ({**STRING, "MinLength": 1, "MaxLength": 2}, "abc", 'given "abc", allowed: a length from 1 up to 2, this is 3'),
        ({**STRING, "AllowedValues": ["fail", "allow"]}, "x", 'given "x", allowed: one of "fail", "allow"'),
        (
            {**STRING, "AllowedValues": ["fail", "allow"]},
            "Fail",
            'given "Fail", allowed: one of "fail", "allow" (did you mean fail?)',
        ),
        (NUMBER, "ten", 'given "ten", allowed: a number'),
        (NUMBER, "nan", 'given "nan", allowed: a number'),
        (NUMBER, "1_000", 'given "1_000", allowed: a number'),
        (NUMBER, "", 'given "", allowed: a number'),
        ({**NUMBER, "MinValue": 0}, "-1", 'given "-1", allowed: a number from 0'),
        ({**NUMBER, "MinValue": 0, "MaxValue": 5}, "6", 'given "6", allowed: a number from 0 up to 5'),
        ({"Type": "List<Number>"}, "80,x", 'given "x", allowed: a number'),
        (VPC, "", 'given "", allowed: an id like vpc-0a1b2c3d4e5f67890'),
        (VPC, f"subnet-{ID}", f'given "subnet-{ID}", allowed: an id like vpc-0a1b2c3d4e5f67890'),
        (SUBNETS, f"subnet-{ID},", 'given "", allowed: an id like subnet-0a1b2c3d4e5f67890'),
        ({**LIST, "AllowedPattern": "[a-z]"}, "a,1", 'given "1", allowed: what matches [a-z]'),
        ({**LIST, "AllowedPattern": "[a-z]"}, "", 'given "", allowed: what matches [a-z]'),
        ({**LIST, "AllowedValues": ["a", "b"]}, "a,c", 'given "c", allowed: one of "a", "b"'),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "a b",
            'given "a b", allowed: the name of an SSM parameter like /images/release',
        ),
    ],
)
def test_a_value_that_cloudformation_refuses_is_refused(declaration: dict[str, Any], value: str, expected: str) -> None:
    """One line has the given and the allowed values."""
    assert [expected] == list(problems(declaration, value))


def test_every_broken_constraint_is_reported() -> None:
    """A value that breaks three constraints has one line with all of them; a sentence of the template says it all."""
    declaration = {**STRING, "AllowedPattern": "[a-z]+", "AllowedValues": ["abc"], "MaxLength": 2}
    assert ['given "123", allowed: one of "abc"; what matches [a-z]+; a length up to 2, this is 3'] == list(
        problems(declaration, "123")
    )
    assert ['given "123". Type two letters.'] == list(
        problems({**declaration, "ConstraintDescription": "Type two letters."}, "123")
    )


@pytest.mark.parametrize("no_echo", [True, "true"])
def test_a_secret_in_a_file_is_refused_and_not_repeated(no_echo: object) -> None:
    """The message of a NoEcho parameter does not print the value of the file."""
    (problem,) = problems({**STRING, "NoEcho": no_echo, "AllowedPattern": "x"}, "hunter2")
    assert problem.startswith("a secret (NoEcho) is given, allowed: nothing")
    assert "hunter2" not in problem


@given(st.from_regex(r"[a-z0-9]+(?:[._/-][a-z0-9]+)*", fullmatch=True) | st.text(alphabet="ab0._/-\n é", max_size=8))
def test_a_pattern_must_match_the_whole_value(value: str) -> None:
    """A value is refused exactly when some part of it does not match."""
    pattern = r"[a-z0-9]+(?:[._/-][a-z0-9]+)*"
    assert (re.fullmatch(pattern, value) is None) == bool(list(problems({**STRING, "AllowedPattern": pattern}, value)))


@given(st.integers())
def test_a_whole_number_is_taken_inside_its_range(number: int) -> None:
    """The bounds belong to the range."""
    assert (0 <= number <= 100) == (not list(problems({**NUMBER, "MinValue": 0, "MaxValue": 100}, str(number))))


@given(st.sampled_from([NUMBER, VPC, SUBNETS, {**STRING, "AllowedPattern": "x", "AllowedValues": ["y"]}]), st.text())
def test_a_problem_is_one_line(declaration: dict[str, Any], value: str) -> None:
    """The problems of any value can be printed, one per line."""
    assert all(problem.isprintable() for problem in problems(declaration, value))


@pytest.mark.parametrize("value", ["10.5", "1e3", "007", "+5", "90.0", "٣"])
def test_a_whole_number_is_typed_in_digits(value: str) -> None:
    """Between integer bounds only an integer is accepted: its readers may not understand 1e3."""
    declared = {"Type": "Number", "MinValue": 0, "MaxValue": 9999}
    assert [] != list(problems(declared, value))
    assert [] == list(problems(declared, "105"))
