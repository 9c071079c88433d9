"""Ctrl-C and SIGTERM: the command ends, but first deletes everything that it has created."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

_TERMINATED = 128 + signal.SIGTERM


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does: by an exception, so that everything is cleaned up."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(_TERMINATED)

    with _handled({signal.SIGTERM: end}):
        yield


@contextmanager
def held_signals(tell: Callable[[str], None]) -> Iterator[None]:
    """Answer the first signal in the block with a message; the second one ends it.

    A terminal that is closed sends SIGHUP, and its shell sends it again: neither ends the block.
    """
    seen: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt
        tell("still deleting what was created; a second signal stops that, and `ecr-pipeline prove --clean` continues")

    with _handled({signal.SIGINT: hold, signal.SIGTERM: hold, signal.SIGHUP: lambda _number, _frame: None}):
        yield


def if_heard(tell: Callable[[str], None]) -> Callable[[str], None]:
    """A reporter that does nothing once its output is closed: by a closed terminal, or a pipe whose reader ended."""

    def told(line: str) -> None:
        with suppress(OSError, ValueError):
            tell(line)

    return told


@contextmanager
def _handled(handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    """Set signal handlers. Only the main thread can do so; in other threads the block runs without them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
