"""An in-place deployment of CodeDeploy: its instances, their order, and when it has failed.

https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from generator.emulator.front.cloud import Emulator
from generator.emulator.runs import codedeploy_agent
from generator.emulator.runs.codedeploy_agent import Revision
from generator.emulator.runs.instances import Found
from generator.emulator.runs.traffic_shift import ShiftError, watch

ONE_AT_A_TIME = "CodeDeployDefault.OneAtATime"
# CodeDeploy's own, as shares of the instances.
SHARES = {"CodeDeployDefault.AllAtOnce": 0.0, "CodeDeployDefault.HalfAtATime": 0.5}
TOO_MANY_FAILED = (
    "The overall deployment failed because too many individual instances failed deployment, too few healthy instances "
    "are available for deployment, or some instances in your deployment group are experiencing problems."
)


Deploy = Callable[[Emulator, str, str, Revision], list[dict[str, Any]]]
"""Deploys to an instance with a role, and returns the result of each lifecycle event."""


class Failure(NamedTuple):
    """The reason of a failed deployment, in CodeDeploy's words, and whether it stopped itself."""

    code: str
    message: str
    status: str = "Failed"


@dataclass
class Health:
    """Instances whose last deployment succeeded, by id of the group."""

    healthy: dict[str, set[str]] = field(default_factory=dict)


def minimum(config: str, hosts: Mapping[str, Any], count: int) -> int:
    """The number of `count` instances that must stay healthy. `hosts` is the setting of a custom configuration.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    if config == ONE_AT_A_TIME:
        return count - 1
    if config in SHARES:
        return math.ceil(count * SHARES[config])
    if hosts["type"] == "HOST_COUNT":
        return int(hosts["value"])
    return math.ceil(count * int(hosts["value"]) / 100)


def carry_out(
    cloud: Emulator,
    group: Mapping[str, Any],
    revision: Revision,
    found: Sequence[Found],
    *,
    least: int,
    stopped: Callable[[], bool],
    deploy: Deploy = codedeploy_agent.deploy,
) -> tuple[dict[str, dict[str, Any]], Failure | None]:
    """The targets by instance, and why the deployment has failed, if it has. Unhealthy instances come first."""
    if not found:
        message = "The deployment failed because no instances were found for your deployment group"
        return {}, Failure("NO_INSTANCES", message)
    healthy = cloud.memory(Health).healthy.setdefault(revision.group, set())
    ordered = sorted(found, key=lambda one: one.name in healthy)
    targets = {one.name: _target(revision, one, "Pending") for one in ordered}
    at_once = len(ordered) - least
    if at_once < 1:
        message = "The deployment cannot start because the minimum number of healthy instances is not available"
        return targets, Failure("HEALTH_CONSTRAINTS_INVALID", message)
    failed, rest = 0, list(ordered)
    while rest:
        try:
            watch(cloud, group)
        except ShiftError as error:
            return _skipped(targets), Failure("ALARM_ACTIVE", str(error), "Stopped")
        if stopped():
            return _skipped(targets), Failure("MANUAL_STOP", "the deployment was stopped", "Stopped")
        batch, rest = rest[:at_once], rest[at_once:]
        for one in batch:
            targets[one.name] = _deployed(cloud, one, revision, deploy)
            is_well = targets[one.name]["status"] == "Succeeded"
            (healthy.add if is_well else healthy.discard)(one.name)
            failed += not is_well
        if rest and failed >= at_once:
            return _skipped(targets), Failure("HEALTH_CONSTRAINTS", TOO_MANY_FAILED)
    if len(ordered) - failed < max(least, 1):
        return targets, Failure("HEALTH_CONSTRAINTS", TOO_MANY_FAILED)
    return targets, None


def _deployed(cloud: Emulator, one: Found, revision: Revision, deploy: Deploy) -> dict[str, Any]:
    if not one.runs:
        return _target(revision, one, "Failed")
    events = deploy(cloud, one.name, one.role, revision)
    status = "Succeeded" if all(event["status"] == "Succeeded" for event in events) else "Failed"
    return {**_target(revision, one, status), "lifecycleEvents": events}


def _target(revision: Revision, one: Found, status: str) -> dict[str, Any]:
    return {"deploymentId": revision.deployment, "targetId": one.name, "status": status, "lifecycleEvents": []}


def _skipped(targets: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The targets. Those that nothing was deployed to have the status Skipped."""
    return {
        name: {**each, "status": "Skipped"} if each["status"] == "Pending" else each for name, each in targets.items()
    }
