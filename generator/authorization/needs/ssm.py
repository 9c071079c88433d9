"""AWS Systems Manager: Parameter Store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, needed


def _parameters(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The ARN of a parameter contains the name without its first slash."""
    names: Any = call.parameters["Names"] if "Names" in call.parameters else [call.parameters["Name"]]
    stripped = {"Name": [name.removeprefix("/") for name in names]}
    yield needed(Asked(call.name, stripped), environment, call.name, arn("ssm", "parameter/{Name}"))


NEEDS: Needs = dict.fromkeys(("ssm:GetParameter", "ssm:GetParameters", "ssm:PutParameter"), _parameters)
