"""A proof as data to share: without the account id, unless it is requested."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from generator import __version__
from generator.proving.proof_records import Proof

VERSION = 1
MASK = "************"
# Not the end of a UUID, nor a part of a digest or of a longer number.
_ACCOUNT = re.compile(r"(?<![0-9a-f])(?<!-[0-9a-f]{4}-)[0-9]{12}(?![0-9a-f])")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
_PERSON = re.compile(r"(:(?:assumed-role/[\w+=,.@-]+|user|federated-user)/)[\w+=,.@/-]+")


def data(proof: Proof, *, with_account: bool = False) -> dict[str, Any]:
    """The document."""
    found = {"version": VERSION, "release": __version__, **asdict(proof), "failed": len(proof.failures)}
    return dict(found if with_account else masked(found, proof.account))


def masked(value: Any, account: str) -> Any:
    """The value with asterisks for accounts and people.

    An account is the given one, and any twelve digits that are not part of more. People are users and sessions, whose
    names often are addresses.
    """
    if isinstance(value, str):
        return _PERSON.sub(rf"\1{MASK}", _ACCOUNT.sub(MASK, value.replace(account, MASK)))
    if isinstance(value, dict):
        return {key: masked(each, account) for key, each in value.items()}
    return [masked(each, account) for each in value] if isinstance(value, (list, tuple)) else value
