"""pipeline-ecs-codedeploy, all the way: traffic goes to tasks of the digest, or back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.people import Stack, alarm, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM, HOOK = "orders-errors", "orders-smoke-test"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers, an alarm and a hook; deployed once for all tests of this file."""
    arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{HOOK}"
    own = {"AlarmName": ALARM, "Hooks": f"AfterAllowTestTraffic={HOOK}", "HookFunctionArns": arn}
    with deployed("pipeline-ecs-codedeploy", deployer=own) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    alarm(standing, ALARM, "OK")
    return standing.sound()


def digests(stack: Stack, place: str) -> set[str]:
    """What the only task set of a service runs."""
    ecs = stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster=place, services=["orders"])["services"]
    [tasks] = service["taskSets"]
    assert "PRIMARY" == tasks["status"]
    task = ecs.describe_task_definition(taskDefinition=tasks["taskDefinition"])["taskDefinition"]
    return {each["image"].rpartition("@")[2] for each in task["containerDefinitions"]}


def leads(stack: Stack) -> dict[str, str]:
    """Where every listener leads."""
    elb = stack.trial.cloud.inside("elbv2")
    return {
        listener["ListenerArn"]: listener["DefaultActions"][0]["TargetGroupArn"]
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    }


def test_traffic_goes_to_tasks_of_the_digest(stack: Stack) -> None:
    """New tasks behind the other target group; the hook is asked once in each stage, before users see them."""
    led, before = leads(stack), len(stack.trial.cloud.calls)
    all_the_way(stack, digests, "to blue and green")
    assert led.keys() == leads(stack).keys()
    assert [] == [listener for listener, group in leads(stack).items() if led[listener] == group]
    asked = [
        call
        for call in stack.trial.cloud.calls[before:]
        if call.operation == "Invoke" and call.parameters["FunctionName"] == HOOK and "-PipelineRole-" not in call.role
    ]
    assert 2 == len(asked)


def test_an_alarm_brings_traffic_back(stack: Stack) -> None:
    """Listeners lead where they led, and the new tasks are gone."""
    good = pushed(stack, "good")
    led = leads(stack)
    alarm(stack, ALARM, "ALARM")
    [failed] = run(pushed(stack, "bad")).failures
    assert ("Staging", True) == (failed.stage, f"stopped by the alarm {ALARM}" in failed.error)
    assert led == leads(stack)
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")
