"""A request that a server holds until something ends."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field

from generator.emulator.programs import children


@dataclass(frozen=True)
class HeldRequest:
    """A request that has begun, and that continues when it is cut off."""

    _begun: threading.Event = field(default_factory=threading.Event)
    _cut_off: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        """Wait until it is cut off. The server calls it."""
        self._begun.set()
        self._cut_off.wait(60)

    def end(self, ending: str) -> threading.Thread:
        """End "the command" now, or "the server" later; "" ends neither. It returns the thread of the request."""
        assert self._begun.wait(60)
        [request] = [each for each in threading.enumerate() if "process_request_thread" in each.name]
        with contextlib.suppress(KeyboardInterrupt), children.ended_with_the_command():
            if ending == "the command":
                raise KeyboardInterrupt
        if ending != "the server":
            self.cut_off(request)
        return request

    def cut_off(self, request: threading.Thread) -> None:
        """Let the request continue to its end."""
        self._cut_off.set()
        request.join(60)


def report_errors_again() -> None:
    """The command has not ended."""
    with children.ended_with_the_command():
        pass
