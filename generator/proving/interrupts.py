"""Ctrl-C and the end of a shell: the command ends, but first it deletes what it has made."""

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
    """SIGTERM ends the block as Ctrl-C does: by an exception, so that what must be done at the end is done."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(_TERMINATED)

    with _handled({signal.SIGTERM: end}):
        yield


@contextmanager
def held_signals(tell: Callable[[str], None]) -> Iterator[None]:
    """The first signal in the block is answered with a word; the second one ends it.

    A terminal that is closed sends SIGHUP, and its shell sends it again: that ends nothing.
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
    """What tells nothing, and goes on, once nobody reads it: a terminal that is closed, a pipe whose reader ended."""

    def told(line: str) -> None:
        with suppress(OSError, ValueError):
            tell(line)

    return told


@contextmanager
def _handled(handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    """Only the main thread may say what signals do; elsewhere everything stays as it is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
