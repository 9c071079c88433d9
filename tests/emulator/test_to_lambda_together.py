"""pipeline-lambda with a list of deployers: every function gets the digest, or the stage takes all of them back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from tests.emulator.people import Stack, all_the_way, deployed, parameters_of, pushed, run

pytestmark = pytest.mark.slow


def listed(stage: str) -> str:
    """Two deployers of a stage: the trial puts those that it makes in their place."""
    first = parameters_of("pipeline-lambda", "prod")[f"{stage}Deployer"]
    return f"{first},{first}B"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with two deployers in each stage, deployed once for all tests of this file."""
    with deployed(
        "pipeline-lambda", StagingDeployer=listed("Staging"), ProductionDeployer=listed("Production")
    ) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    return standing.sound()


def digests(stack: Stack, place: str) -> set[str]:
    """Where the aliases of the functions of a stage lead their callers."""
    lambda_, found = stack.trial.cloud.inside("lambda"), set()
    for name in (f"orders-{place}", f"orders-{place}2"):
        version = lambda_.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        function = lambda_.get_function(FunctionName=name, Qualifier=version)
        found.add(function["Code"]["ImageUri"].rpartition("@")[2])
    return found


def test_one_approval_is_for_all_functions(stack: Stack) -> None:
    """Both functions of staging, then one request, then both of production."""
    all_the_way(stack, digests, "together")
    assert 1 == len(stack.approver.requests)


@pytest.mark.parametrize("name", ["orders-production", "orders-production2"])
def test_one_that_fails_rolls_all_back(stack: Stack, name: str) -> None:
    """Its deployer fails, the other one has succeeded: the stage deploys its last image to both."""
    good, bad = pushed(stack, f"before {name} fails"), sample(["linux/amd64"], f"{name} fails").digest

    def refuse(call: Call) -> str:
        wrong = call.operation == "UpdateFunctionCode" and call.parameters["FunctionName"] == name
        return "not this image" if wrong and bad in str(call.parameters) else ""

    stack.trouble.denied = refuse
    failed = run(pushed(stack, f"{name} fails"))
    assert {"Production"} == {each.stage for each in failed.failures}
    assert {"Production": run(good).id} == failed.rolled_back
    assert {good.digest} == digests(stack, "production")
