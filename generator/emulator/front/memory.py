"""The memory of an emulated AWS between calls: one record of each kind for each account and region."""

from __future__ import annotations

import threading
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Memory:
    """Records by their type. The first use creates a record; later uses return the same one."""

    def __init__(self) -> None:
        self._records: dict[tuple[type[Any], str, str], Any] = {}
        self._lock = threading.Lock()

    def record(self, kind: type[T], *, account: str, region: str) -> T:
        """The record of this type in the account and region."""
        with self._lock:
            return cast("T", self._records.setdefault((kind, account, region), kind()))
