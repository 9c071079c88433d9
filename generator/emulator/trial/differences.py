"""Limits of a trial: parts that were deployed without being run, and functions that only return success."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from generator.emulator.front.cloud import Emulator
from generator.emulator.trial.existing_resources import StandIns

_STORED = {
    "ecs": "no task ran: the emulated ECS stores the revision and calls the service healthy",
    "eks": "no container ran: the emulated cluster stores the image",
}
_CODE = "no code of the image ran: the emulated Lambda stores the image and publishes a version"
_INSTANCES = "no container ran: each instance was a folder on this machine with a stand-in for docker"


def not_run(cloud: Emulator, providers: Collection[str] = ()) -> Iterator[str]:
    """A line for each kind of such a part, from the calls of roles and the providers of the actions that ran."""
    called = [call for call in cloud.calls if call.role]
    yield from (line for service, line in _STORED.items() if any(call.service == service for call in called))
    updates = [call for call in called if (call.service, call.operation) == ("lambda", "UpdateFunctionCode")]
    if any(not call.parameters.get("DryRun") for call in updates):
        yield _CODE
    if "CodeDeploy" in providers:
        yield _INSTANCES
    for name in cloud.memory(StandIns).functions:
        yield f"the function {name} was a stand-in that always says yes"
