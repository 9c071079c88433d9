"""The time of runs. It does not pass, but is put forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone


def _real() -> datetime:
    return datetime.now(timezone.utc)


class Clock:
    """The time. `meanwhile` is called before the time is put forward for somebody who waits."""

    def __init__(self, now: Callable[[], datetime] = _real, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._now = now
        self._skipped = timedelta()
        self.meanwhile = meanwhile

    def now(self) -> datetime:
        """The time."""
        return self._now() + self._skipped

    def wait(self, until: datetime, *, unless: Callable[[], bool]) -> None:
        """Put the time forward, unless something that happens meanwhile ends the wait at once."""
        self.meanwhile()
        if not unless():
            self._skipped += max(timedelta(), until - self.now())
