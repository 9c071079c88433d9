"""An emulated AWS: its front end, and every operation that the emulator answers itself."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager

from generator.emulator import services
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.operation import Operation
from generator.emulator.front.server import Guard, Interception, allow_everything, ask_the_service, serve
from generator.emulator.stacks.planning import kinds as resource_handlers
from generator.model.discovery import merged


@functools.cache
def operations() -> dict[str, Operation]:
    """Every operation that the emulator answers itself, by "prefix:Operation"."""
    return merged(services, "OPERATIONS")


def emulator(
    *,
    guard: Guard = allow_everything,
    intercept: Interception = ask_the_service,
    region: str = "eu-central-1",
    account: str = "111122223333",
) -> AbstractContextManager[Emulator]:
    """An empty emulated AWS, until the context ends. An error in a module is raised now, not by a request.

    The guard returns the reason to deny a call, or "". The interception may answer a call instead of its service, for
    faults.
    """
    resource_handlers()
    return serve(operations(), guard=guard, intercept=intercept, region=region, account=account)
