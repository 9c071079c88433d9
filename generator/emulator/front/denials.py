"""Denied calls, as CloudTrail shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class DeniedCall(NamedTuple):
    """A call of a role that its policies did not allow."""

    time: datetime
    role: str
    service: str
    operation: str
    reason: str


@dataclass
class DeniedCalls:
    """The denied calls of an account and region."""

    calls: list[DeniedCall] = field(default_factory=list)
