"""When CodeDeploy calls a deployment to instances a success, by AWS's own examples."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.runs import codedeploy_agent, in_place
from generator.emulator.runs.codedeploy_agent import Revision
from generator.emulator.runs.instances import Found

OWN = {"type": "FLEET_PERCENT", "value": 75}
NAMES = {"applicationName": "a", "deploymentGroupName": "g"}


@pytest.fixture
def cloud() -> Iterator[Emulator]:
    """An emulated AWS."""
    with emulator() as aws:
        yield aws


@pytest.mark.parametrize(
    ("config", "hosts", "count", "least"),
    [
        ("CodeDeployDefault.OneAtATime", {}, 9, 8),
        ("CodeDeployDefault.OneAtATime", {}, 1, 0),
        ("CodeDeployDefault.HalfAtATime", {}, 9, 5),
        ("CodeDeployDefault.AllAtOnce", {}, 9, 0),
        ("own", OWN, 4, 3),
        ("own", OWN, 2, 2),
        ("own", {"type": "FLEET_PERCENT", "value": 95}, 10, 10),
        ("own", {"type": "HOST_COUNT", "value": 9}, 10, 9),
    ],
)
def test_shares_are_rounded_up(config: str, hosts: dict[str, object], count: int, least: int) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html#minimum-healthy-hosts"""  # noqa: D415
    assert least == in_place.minimum(config, hosts, count)


@pytest.mark.parametrize(
    ("instances", "failing", "code", "skipped"),
    [
        ((10, 10), (), "HEALTH_CONSTRAINTS_INVALID", 0),
        ((10, 9), (), "", 0),
        ((10, 9), (3,), "HEALTH_CONSTRAINTS", 6),
        ((10, 9), (9,), "", 0),
        ((10, 8), (3,), "", 0),
        ((10, 8), (2, 3), "HEALTH_CONSTRAINTS", 6),
        ((10, 8), (2, 9), "", 0),
        ((10, 0), tuple(range(9)), "", 0),
        ((10, 0), tuple(range(10)), "HEALTH_CONSTRAINTS", 0),
        ((1, 0), (0,), "HEALTH_CONSTRAINTS", 0),
        ((0, 0), (), "NO_INSTANCES", 0),
    ],
)
def test_a_deployment_fails_when_too_few_stay_healthy(
    cloud: Emulator, instances: tuple[int, int], failing: tuple[int, ...], code: str, skipped: int
) -> None:
    """The examples of AWS's page with ten instances, of which those with these numbers fail. They are stopped.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html#minimum-healthy-hosts
    """
    count, least = instances
    found = [Found(f"i-{number}", "", runs=number not in failing) for number in range(count)]
    silent = {"serviceRoleArn": ""}
    revision = Revision("d-1", "group", NAMES, {})
    targets, failure = in_place.carry_out(
        cloud, silent, revision, found, least=least, stopped=lambda: False, deploy=lambda *_: SOUND
    )
    assert code == (failure.code if failure else "")
    assert skipped == [each["status"] for each in targets.values()].count("Skipped")


SOUND = [{"lifecycleEventName": event, "status": "Succeeded"} for event in codedeploy_agent.EVENTS]


def test_unhealthy_instances_come_first(cloud: Emulator) -> None:
    """An instance that failed last time cannot get worse."""
    found = [Found("i-0", "", runs=True), Found("i-1", "", runs=False)]
    for number, order in enumerate((["i-0", "i-1"], ["i-1", "i-0"])):
        revision = Revision(f"d-{number}", "group", NAMES, {})
        targets, _ = in_place.carry_out(
            cloud, {"serviceRoleArn": ""}, revision, found, least=0, stopped=lambda: False, deploy=lambda *_: SOUND
        )
        assert order == list(targets)
