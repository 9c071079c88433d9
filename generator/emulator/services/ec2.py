"""Amazon EC2: operations that moto lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.emulator.front.operation import Operation, OperationContext


def _permit(context: OperationContext) -> Mapping[str, Any]:
    """Allow a service to use an interface.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterfacePermission.html
    """
    names = ("NetworkInterfaceId", "AwsService", "Permission")
    given = {name: context.call.parameters[name] for name in names}
    return {"InterfacePermission": {**given, "PermissionState": {"State": "granted"}}}


OPERATIONS: dict[str, Operation] = {"ec2:CreateNetworkInterfacePermission": _permit}
