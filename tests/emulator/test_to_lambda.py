"""pipeline-lambda, all the way: an alias shifts to a version of the digest, or back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.people import Stack, alarm, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM = "orders-errors"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers, whose deployments an alarm stops; deployed once for all tests of this file."""
    with deployed("pipeline-lambda", deployer={"AlarmName": ALARM}) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    alarm(standing, ALARM, "OK")
    return standing.sound()


def digests(stack: Stack, place: str) -> set[str]:
    """Where the alias of a function leads all its callers."""
    lambda_ = stack.trial.cloud.inside("lambda")
    alias = lambda_.get_alias(FunctionName=f"orders-{place}", Name="live")
    assert not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    function = lambda_.get_function(FunctionName=f"orders-{place}", Qualifier=alias["FunctionVersion"])
    return {function["Code"]["ImageUri"].rpartition("@")[2]}


def test_the_alias_shifts_to_a_version_of_the_digest(stack: Stack) -> None:
    """The state machine of each stage does it, with nothing but its role."""
    all_the_way(stack, digests, "to lambda")


def test_an_alarm_brings_the_alias_back(stack: Stack) -> None:
    """The deployment fails, and with it the stage; callers get what they got before."""
    good = pushed(stack, "good")
    alarm(stack, ALARM, "ALARM")
    [failed] = run(pushed(stack, "bad")).failures
    assert ("Staging", True) == (failed.stage, "ShiftFailed" in failed.error)
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")
