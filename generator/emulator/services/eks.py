"""What moto's Amazon EKS lacks: who may do what in a cluster.

https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import Any

from moto.eks.models import eks_backends
from moto.utilities.utils import get_partition

from generator.cloudformation.errors import RefusedError
from generator.emulator.front.service import Desk, Operation


def _entries(desk: Desk) -> dict[tuple[str, str], dict[str, Any]]:
    return desk.shelf.setdefault("access", {})  # type: ignore[no-any-return]


def _missing(what: str) -> RefusedError:
    return RefusedError(what, "ResourceNotFoundException", status=404)


def _entry(desk: Desk) -> dict[str, Any]:
    cluster, principal = desk.call.parameters["clusterName"], desk.call.parameters["principalArn"]
    if (cluster, principal) not in _entries(desk):
        raise _missing(f"The specified principalArn could not be found: {principal} in {cluster}.")
    return _entries(desk)[cluster, principal]


def _create(desk: Desk) -> dict[str, Any]:
    told, call = desk.call.parameters, desk.call
    cluster, principal = told["clusterName"], told["principalArn"]
    if cluster not in eks_backends[call.account][call.region].clusters:
        raise _missing(f"No cluster found for name: {cluster}.")
    if (cluster, principal) in _entries(desk):
        message = "The specified access entry resource is already in use on this cluster."
        raise RefusedError(message, "ResourceInUseException", status=409)
    now = datetime.now(timezone.utc)
    place = f"arn:{get_partition(call.region)}:eks:{call.region}:{call.account}:access-entry"
    entry = {
        "type": "STANDARD",
        "kubernetesGroups": [],
        "username": principal,
        "tags": {},
        **{key: value for key, value in told.items() if key != "clientRequestToken"},
        "accessEntryArn": f"{place}/{cluster}/role/{call.account}/{principal.rsplit('/', 1)[-1]}/{uuid.uuid4()}",
        "createdAt": now,
        "modifiedAt": now,
        "policies": {},
    }
    _entries(desk)[cluster, principal] = entry
    return {"accessEntry": entry}


def _update(desk: Desk) -> dict[str, Any]:
    entry = _entry(desk)
    told = {key: desk.call.parameters[key] for key in ("kubernetesGroups", "username") if key in desk.call.parameters}
    entry |= {**told, "modifiedAt": datetime.now(timezone.utc)}
    return {"accessEntry": entry}


def _delete(desk: Desk) -> dict[str, Any]:
    _entry(desk)
    del _entries(desk)[desk.call.parameters["clusterName"], desk.call.parameters["principalArn"]]
    return {}


def _associate(desk: Desk) -> dict[str, Any]:
    told, now = desk.call.parameters, datetime.now(timezone.utc)
    policy = {
        "policyArn": told["policyArn"],
        "accessScope": told["accessScope"],
        "associatedAt": now,
        "modifiedAt": now,
    }
    _entry(desk)["policies"][told["policyArn"]] = policy
    return {**_named(desk), "associatedAccessPolicy": policy}


def _disassociate(desk: Desk) -> dict[str, Any]:
    if _entry(desk)["policies"].pop(desk.call.parameters["policyArn"], None) is None:
        raise _missing("The specified access policy is not associated.")
    return {}


def _list(desk: Desk) -> dict[str, Any]:
    cluster = desk.call.parameters["clusterName"]
    return {"accessEntries": [principal for of, principal in _entries(desk) if of == cluster]}


def _policies(desk: Desk) -> dict[str, Any]:
    return {**_named(desk), "associatedAccessPolicies": list(_entry(desk)["policies"].values())}


def _named(desk: Desk) -> dict[str, Any]:
    return {key: desk.call.parameters[key] for key in ("clusterName", "principalArn")}


OPERATIONS: dict[str, Operation] = {
    "eks:AssociateAccessPolicy": _associate,
    "eks:CreateAccessEntry": _create,
    "eks:DeleteAccessEntry": _delete,
    "eks:DescribeAccessEntry": lambda desk: {"accessEntry": _entry(desk)},
    "eks:DisassociateAccessPolicy": _disassociate,
    "eks:ListAccessEntries": _list,
    "eks:ListAssociatedAccessPolicies": _policies,
    "eks:UpdateAccessEntry": _update,
}
