"""What moto's Amazon ECR lacks: signing images when they are pushed.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutSigningConfiguration.html
"""

from __future__ import annotations

from typing import Any

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation


def _put(desk: Desk) -> dict[str, Any]:
    desk.shelf["signing"] = desk.call.parameters["signingConfiguration"]
    return {"signingConfiguration": desk.shelf["signing"]}


def _known(desk: Desk) -> Any:
    if "signing" not in desk.shelf:
        raise RefusedError("The registry has no signing configuration.", "SigningConfigurationNotFoundException")
    return desk.shelf["signing"]


def _get(desk: Desk) -> dict[str, Any]:
    return {"registryId": desk.call.account, "signingConfiguration": _known(desk)}


def _delete(desk: Desk) -> dict[str, Any]:
    told = _get(desk)
    del desk.shelf["signing"]
    return told


OPERATIONS: dict[str, Operation] = {
    "ecr:DeleteSigningConfiguration": _delete,
    "ecr:GetSigningConfiguration": _get,
    "ecr:PutSigningConfiguration": _put,
}
