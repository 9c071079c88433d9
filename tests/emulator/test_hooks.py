"""The example hooks of deployer-lambda: deployed, called by CodeDeploy, and answering as they must."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.emulator.front.calls import Call
from generator.emulator.services.awslambda import ImageFunctions
from generator.emulator.trial import deployment
from generator.emulator.trial.destinations.awslambda import add_function
from tests.emulator.hooks import example, give, why
from tests.emulator.people import Stack, deployed, pushed, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def functions() -> Iterator[Stack]:
    """pipeline-lambda with the example's hooks around the shift of staging."""
    with deployed("pipeline-lambda") as stack:
        outputs = deployment.deploy(
            stack.trial.cloud, "hooks", example("lambda-hooks"), {"FunctionName": "orders-staging"}
        )
        give(stack, "deployer-lambda", outputs)
        yield stack


def test_both_hooks_of_lambda_are_called(functions: Stack) -> None:
    """The first calls the new version while the alias still has the old one, the second calls the alias."""
    lambda_ = functions.trial.cloud.inside("lambda")
    called: list[tuple[str, str]] = []

    def answer(uri: str, event: bytes) -> tuple[bool, bytes]:
        assert b"{}" == event
        version = lambda_.get_alias(FunctionName="orders-staging", Name="live")["FunctionVersion"]
        live = lambda_.get_function(FunctionName="orders-staging", Qualifier=version)["Code"]["ImageUri"]
        called.append((uri.rpartition("@")[2], live.rpartition("@")[2]))
        return False, b'"fine"'

    functions.trial.cloud.memory(ImageFunctions).answer = answer
    push = pushed(functions, "good")
    assert "Succeeded" == run(push).status, run(push).failures
    [before, after] = called
    assert (push.digest, True) == (before[0], before[1] != push.digest)
    assert (push.digest, push.digest) == after


def test_the_first_hook_calls_the_version_of_its_deployment(functions: Stack) -> None:
    """Not the newest one, which somebody may have published since."""
    lambda_ = functions.trial.cloud.inside("lambda")
    name = {"FunctionName": "orders-staging"}
    called: list[str] = []
    newer: list[str] = []

    def publish(call: Call) -> str:
        if newer or call.operation != "CreateDeployment":
            return ""
        old = lambda_.get_function(**name, Qualifier="1")["Code"]["ImageUri"]
        lambda_.update_function_code(**name, ImageUri=old)
        newer.append(lambda_.publish_version(**name)["Version"])
        return ""

    def answer(uri: str, _event: bytes) -> tuple[bool, bytes]:
        called.append(uri.rpartition("@")[2])
        return False, b'"fine"'

    functions.trial.cloud.memory(ImageFunctions).answer = answer
    functions.trouble.denied = publish
    push = pushed(functions, "overtaken")
    assert "Succeeded" == run(push).status, run(push).failures
    assert [push.digest, push.digest] == called
    live = lambda_.get_alias(**name, Name="live")["FunctionVersion"]
    assert int(live) < int(newer[0])
    functions.sound()


def test_a_version_that_fails_gets_no_traffic(functions: Stack) -> None:
    """The hook reports the failure, and the alias stays."""
    lambda_ = functions.trial.cloud.inside("lambda")
    functions.trial.cloud.memory(ImageFunctions).answer = lambda _uri, _event: (True, b'{"errorMessage": "no"}')
    before = lambda_.get_alias(FunctionName="orders-staging", Name="live")["FunctionVersion"]
    [failed] = run(pushed(functions, "bad")).failures
    assert "Staging" == failed.stage
    assert "BeforeAllowTraffic: orders-staging-before said Failed" == why(functions, failed.error)
    assert before == lambda_.get_alias(FunctionName="orders-staging", Name="live")["FunctionVersion"]


def test_a_hook_that_may_not_answer_stops_the_deployment(functions: Stack) -> None:
    """AWS waits for it; here the deployment fails at once, and names the hook."""
    functions.trial.cloud.memory(ImageFunctions).answer = lambda _uri, _event: (False, b'"fine"')
    functions.trouble.denied = lambda call: "no" if call.operation == "PutLifecycleEventHookExecutionStatus" else ""
    [failed] = run(pushed(functions, "mute")).failures
    assert "BeforeAllowTraffic: orders-staging-before said nothing" == why(functions, failed.error)


def test_a_hook_that_refuses_the_second_function_brings_back_the_first(functions: Stack) -> None:
    """CodeDeploy calls the hooks for each function of the list: two calls for the first, then one for the second."""
    functions.sound()
    lambda_, called = functions.trial.cloud.inside("lambda"), 0

    def answer(_uri: str, _event: bytes) -> tuple[bool, bytes]:
        nonlocal called
        called += 1
        return called > 2, b'{"errorMessage": "no"}'

    add_function(functions.trial.cloud, "orders-staging-worker", "team/orders")
    names = ["orders-staging", "orders-staging-worker"]
    give(functions, "deployer-lambda", {"FunctionName": ",".join(names)})
    functions.trial.cloud.memory(ImageFunctions).answer = answer
    before = [lambda_.get_alias(FunctionName=name, Name="live")["FunctionVersion"] for name in names]
    [failed] = run(pushed(functions, "bad for the second")).failures
    assert f"orders-staging has version {before[0]} again" in str(failed.error)
    assert "BeforeAllowTraffic: orders-staging-before said Failed" == why(functions, failed.error)
    assert before == [lambda_.get_alias(FunctionName=name, Name="live")["FunctionVersion"] for name in names]
    assert 3 == called
