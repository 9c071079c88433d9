"""The list of accepted findings in a trial: the role that may write it, and the list in the platform's bucket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moto.utilities.utils import get_partition

from generator.emulator.front.cloud import Emulator
from generator.emulator.trial import deployment
from generator.emulator.trial.existing_resources import place_of

ROLE_PARAMETER = "AcceptingRoleArn"
LIST = "every-repository.txt"


def accepting_role(values: Iterable[str]) -> str:
    """The ARN of a role in the account that these parameters name."""
    place = place_of(values)
    return f"arn:{get_partition(place.region)}:iam::{place.account}:role/security"


def write(cloud: Emulator, platform: str, entries: Sequence[str]) -> None:
    """Put a list for every repository into the bucket of this stack."""
    cloud.inside("s3").put_object(
        Bucket=deployment.outputs(cloud, platform)["AcceptedFindingsBucket"],
        Key=LIST,
        Body="".join(f"{each}\n" for each in entries),
        ServerSideEncryption="aws:kms",
    )
