"""AWS STS."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, each_on


def _nothing(_call: Asked, _environment: CallEnvironment) -> Iterator[Need]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html asks for no permission."""
    return iter(())


NEEDS: Needs = {
    "sts:GetCallerIdentity": _nothing,
    **each_on("{RoleArn}", "sts:AssumeRole"),
}
