"""What moto lacks of AWS Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.emulator.service import Desk, Operation, RefusedError


def _no_concurrency(_desk: Desk) -> Mapping[str, Any]:
    """No alias here has provisioned concurrency.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
    """
    code = "ProvisionedConcurrencyConfigNotFoundException"
    raise RefusedError("No Provisioned Concurrency Config found for this function", code, status=404)


OPERATIONS: dict[str, Operation] = {"lambda:GetProvisionedConcurrencyConfig": _no_concurrency}
