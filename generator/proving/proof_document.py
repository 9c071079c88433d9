"""A proof as data that can be given away: without the id of the account, unless it is asked for."""

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


def data(proof: Proof, *, with_account: bool = False) -> dict[str, Any]:
    """The document."""
    found = {"version": VERSION, "release": __version__, **asdict(proof), "failed": len(proof.failures)}
    return dict(found if with_account else masked(found))


def masked(value: Any) -> Any:
    """The value with asterisks for each account id in its texts: any twelve digits that are not part of more."""
    if isinstance(value, str):
        return _ACCOUNT.sub(MASK, value)
    if isinstance(value, dict):
        return {key: masked(each) for key, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, (list, tuple)) else value
