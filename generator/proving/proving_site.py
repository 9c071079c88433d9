"""The account and region to prove in, and its existing resources."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.cloudformation.offline_stack import Location
from generator.errors import GeneratorError
from generator.proving.interrupts import if_heard
from generator.rollout.aws_program import AwsProgram, CredentialsError


@dataclass(frozen=True, kw_only=True)
class ProvingSite:
    """Where templates are proved."""

    aws: AwsProgram
    place: Location
    progress: Callable[[str], None]
    warn: Callable[[str], None]
    """Shows a message that the user must see, whatever the result of the command."""
    stopping: threading.Event
    pause: Callable[[float], None] = time.sleep
    """Waits this many seconds before AWS is called again."""


def proving_site(
    aws: AwsProgram, *, expected: str, progress: Callable[[str], None], warn: Callable[[str], None]
) -> ProvingSite:
    """The site of the credentials: two calls. GeneratorError if it is not the account that was expected."""
    caller = _caller(aws)
    account = str(caller["Account"])
    if expected and account != expected:
        whose = f"the profile {aws.profile}" if aws.profile else "the default profile"
        raise GeneratorError(
            f"{whose} belongs to the account {account}, not to {expected}: sign in to that account, or give --profile"
        )
    zones = aws.call("ec2", "describe-availability-zones")["AvailabilityZones"]
    place = Location(partition=str(caller["Arn"]).split(":")[1], region=str(zones[0]["RegionName"]), account=account)
    return ProvingSite(
        aws=aws, place=place, progress=if_heard(progress), warn=if_heard(warn), stopping=threading.Event()
    )


def refuse_other_account(site: ProvingSite) -> None:
    """CredentialsError if the credentials have changed to those of another account.

    Every call uses the credentials of that moment: the other account has nothing of this run, and nothing here would be
    deleted.
    """
    account = str(_caller(site.aws)["Account"])
    if account != site.place.account:
        raise CredentialsError(
            f"the credentials belong to the account {account} now, not to {site.place.account}: sign in to that account"
        )


def _caller(aws: AwsProgram) -> Mapping[str, Any]:
    return dict(aws.call("sts", "get-caller-identity"))
