"""Amazon EKS: access entries, which moto lacks.

https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from moto.eks.models import eks_backends

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext


@dataclass
class AccessEntries:
    """The access entries, by cluster and principal."""

    by_principal: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def _entries(context: OperationContext) -> dict[tuple[str, str], dict[str, Any]]:
    return context.memory(AccessEntries).by_principal


def _missing(what: str) -> RefusedError:
    return RefusedError(what, "ResourceNotFoundException", status=404)


def _entry(context: OperationContext) -> dict[str, Any]:
    cluster, principal = context.call.parameters["clusterName"], context.call.parameters["principalArn"]
    if (cluster, principal) not in _entries(context):
        raise _missing(f"The specified principalArn could not be found: {principal} in {cluster}.")
    return _entries(context)[cluster, principal]


def _create(context: OperationContext) -> dict[str, Any]:
    told, call = context.call.parameters, context.call
    cluster, principal = told["clusterName"], told["principalArn"]
    if cluster not in context.backend(eks_backends).clusters:
        raise _missing(f"No cluster found for name: {cluster}.")
    if (cluster, principal) in _entries(context):
        message = "The specified access entry resource is already in use on this cluster."
        raise RefusedError(message, "ResourceInUseException", status=409)
    now = datetime.now(timezone.utc)
    entry = {
        "type": "STANDARD",
        "kubernetesGroups": [],
        "username": principal,
        "tags": {},
        **{key: value for key, value in told.items() if key != "clientRequestToken"},
        "accessEntryArn": context.arn(
            f"access-entry/{cluster}/role/{call.account}/{principal.rsplit('/', 1)[-1]}/{uuid.uuid4()}"
        ),
        "createdAt": now,
        "modifiedAt": now,
        "policies": {},
    }
    _entries(context)[cluster, principal] = entry
    return {"accessEntry": entry}


def _update(context: OperationContext) -> dict[str, Any]:
    entry = _entry(context)
    told = {
        key: context.call.parameters[key] for key in ("kubernetesGroups", "username") if key in context.call.parameters
    }
    entry |= {**told, "modifiedAt": datetime.now(timezone.utc)}
    return {"accessEntry": entry}


def _delete(context: OperationContext) -> dict[str, Any]:
    _entry(context)
    del _entries(context)[context.call.parameters["clusterName"], context.call.parameters["principalArn"]]
    return {}


def _associate(context: OperationContext) -> dict[str, Any]:
    told, now = context.call.parameters, datetime.now(timezone.utc)
    policy = {
        "policyArn": told["policyArn"],
        "accessScope": told["accessScope"],
        "associatedAt": now,
        "modifiedAt": now,
    }
    _entry(context)["policies"][told["policyArn"]] = policy
    return {**_named(context), "associatedAccessPolicy": policy}


def _disassociate(context: OperationContext) -> dict[str, Any]:
    if _entry(context)["policies"].pop(context.call.parameters["policyArn"], None) is None:
        raise _missing("The specified access policy is not associated.")
    return {}


def _list(context: OperationContext) -> dict[str, Any]:
    cluster = context.call.parameters["clusterName"]
    return {"accessEntries": [principal for of, principal in _entries(context) if of == cluster]}


def _policies(context: OperationContext) -> dict[str, Any]:
    return {**_named(context), "associatedAccessPolicies": list(_entry(context)["policies"].values())}


def _named(context: OperationContext) -> dict[str, Any]:
    return {key: context.call.parameters[key] for key in ("clusterName", "principalArn")}


OPERATIONS: dict[str, Operation] = {
    "eks:AssociateAccessPolicy": _associate,
    "eks:CreateAccessEntry": _create,
    "eks:DeleteAccessEntry": _delete,
    "eks:DescribeAccessEntry": lambda context: {"accessEntry": _entry(context)},
    "eks:DisassociateAccessPolicy": _disassociate,
    "eks:ListAccessEntries": _list,
    "eks:ListAssociatedAccessPolicies": _policies,
    "eks:UpdateAccessEntry": _update,
}
