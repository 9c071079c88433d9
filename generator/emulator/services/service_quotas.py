"""Service Quotas: those that `ecr-pipeline prove` reads, with AWS's defaults for a new account.

https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext

_NAMES = {
    ("codebuild", "L-9D07B6EF"): "Concurrently running builds for Linux/Small environment",
    ("events", "L-244521F2"): "Number of rules per event bus",
}


@dataclass
class AccountQuotas:
    """The values, by service and code."""

    values: dict[tuple[str, str], float] = field(
        default_factory=lambda: {("codebuild", "L-9D07B6EF"): 1.0, ("events", "L-244521F2"): 300.0}
    )


def _get(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html."""
    asked = context.call.parameters
    which = asked["ServiceCode"], asked["QuotaCode"]
    if which not in _NAMES:
        raise RefusedError("The request failed because the specified quota does not exist.", "NoSuchResourceException")
    return {
        "Quota": {
            "ServiceCode": which[0],
            "QuotaCode": which[1],
            "QuotaName": _NAMES[which],
            "Value": context.memory(AccountQuotas).values[which],
            "Adjustable": True,
            "GlobalQuota": False,
        }
    }


OPERATIONS: dict[str, Operation] = {"servicequotas:GetServiceQuota": _get}
