"""Several calls of AWS in parallel, in threads that end when the command is interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 6
"""CloudFormation throttles clients that change more stacks of a region at a time, and each call is a process here."""
In = TypeVar("In")
Out = TypeVar("Out")


def several(work: Callable[[In], Out], items: Sequence[In], stopping: threading.Event) -> list[Out]:
    """The results of the work in the order of the items.

    After the first error or an interrupt, no further item is begun.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            stopping.set()
            for future in futures:
                future.cancel()
            raise
