"""ARNs in parameters that cannot exist in an emulated AWS, found before it starts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import botocore.session
from moto.utilities.utils import get_partition

from generator.emulator.trial.existing_resources import ARN, place_of
from generator.suggestion import did_you_mean

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""The partitions whose availability zones moto knows."""
_OF_AWS = re.compile(r"arn:[a-z-]+:iam::aws:policy/[^\s,]+")


def problems(values: Collection[str]) -> Iterator[str]:
    """A problem for each AWS managed policy, and for partitions and regions that are unknown or contradict."""
    for managed in sorted({found for value in values for found in _OF_AWS.findall(value)}):
        yield f"{managed}: AWS managed policies are not emulated, allowed: a customer managed policy"
    named = sorted({found["partition"] for value in values for found in ARN.finditer(value)})
    if unknown := [each for each in named if each not in PARTITIONS]:
        yield f"an ARN in the parameters is in the partition {unknown[0]}, emulated: {', '.join(PARTITIONS)}"
    elif len(named) > 1:
        yield f"the ARNs in the parameters are in the partitions {', '.join(named)}, allowed: one partition"
    else:
        yield from _wrong_region(place_of(values).region, *named)


def _wrong_region(region: str, partition: str = PARTITIONS[0]) -> Iterator[str]:
    session = botocore.session.get_session()
    known = [each for one in PARTITIONS for each in session.get_available_regions("codepipeline", partition_name=one)]
    if region not in known:
        hint = did_you_mean(region, known)
        yield f"an ARN in the parameters is in {region}, where CodePipeline is not available{hint}"
    elif get_partition(region) != partition:
        right = get_partition(region)
        yield f"an ARN in the parameters is in the partition {partition} and in {region}, which is in {right}"
