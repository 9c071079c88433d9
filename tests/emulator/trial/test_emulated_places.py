"""ARNs in parameters that cannot exist in an emulated AWS."""

from __future__ import annotations

import pytest
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from generator.emulator.trial.emulated_places import PARTITIONS, problems

BOUNDARY = "iam::123456789012:policy/x"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([f"arn:aws-iso:{BOUNDARY}"], "the partition aws-iso, emulated: aws, aws-cn, aws-us-gov"),
        (
            [f"arn:aws:{BOUNDARY}", "arn:aws-cn:kms:cn-north-1:123456789012:key/b"],
            "the partitions aws, aws-cn, allowed",
        ),
        (["arn:aws:kms:cn-north-1:123456789012:key/b"], "the partition aws and in cn-north-1, which is in aws-cn"),
        (["arn:aws:kms:eu-west-11:123456789012:key/b"], "eu-west-11, where CodePipeline is not available"),
        (["arn:aws-cn:iam::aws:policy/ReadOnlyAccess"], "ReadOnlyAccess: AWS managed policies are not emulated"),
    ],
)
def test_arns_that_cannot_exist_are_named(values: list[str], said: str) -> None:
    """With what is allowed."""
    [problem] = problems(values)
    assert said in problem


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["v*"],
        *([f"arn:{each}:{BOUNDARY}"] for each in PARTITIONS),
        ["arn:aws-cn:kms:cn-north-1:123456789012:key/b"],
    ],
)
def test_arns_that_can_exist_are_no_problem(values: list[str]) -> None:
    """Every partition that is emulated, with and without a region."""
    assert [] == list(problems(values))


def test_several_problems_are_named_together() -> None:
    """A policy of AWS and a region that does not exist."""
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:kms:eu-west-11:123456789012:key/b"]
    assert 2 == len(list(problems(arns)))


def test_the_emulated_partitions_have_zones() -> None:
    """A network needs them, and moto knows none of other partitions."""
    prefixes = {"aws": "eu-", "aws-cn": "cn-", "aws-us-gov": "us-gov-"}
    assert {*PARTITIONS} == {*prefixes}
    known = {region for region, zones in RegionsAndZonesBackend.zones.items() if zones}
    assert all(any(region.startswith(each) for region in known) for each in prefixes.values())
    assert not any(region.startswith(("eusc-", "us-iso")) for region in known)
