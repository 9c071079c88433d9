"""pipeline-ecs from end to end: the digest runs in staging, then in production; a failure restores the old tasks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.services.ecs import ServiceDeployments
from tests.emulator.people import Stack, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline, deployed once for all tests of this file."""
    with deployed("pipeline-ecs") as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    return standing.sound()


def digests(stack: Stack, place: str) -> set[str]:
    """The digests of a service's containers."""
    ecs = stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster=place, services=["orders"])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    return {each["image"].rpartition("@")[2] for each in task["containerDefinitions"]}


def test_every_container_that_takes_it_gets_the_digest(stack: Stack) -> None:
    """A copy of the running revision with the image, in staging and then in production; tags and roles are kept."""
    all_the_way(stack, digests, "to ecs")
    ecs = stack.trial.cloud.inside("ecs")
    [service] = ecs.describe_services(cluster="production", services=["orders"])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"], include=["TAGS"])
    assert ["app", "worker"] == [each["name"] for each in task["taskDefinition"]["containerDefinitions"]]
    assert [{"key": "team", "value": "orders"}] == task["tags"]
    assert "arn:aws:iam::123456789012:role/orders-production-task" == task["taskDefinition"]["taskRoleArn"]


def test_a_rejection_leaves_production_as_it_was(stack: Stack) -> None:
    """Staging has the new image, production has not."""
    stack.approver.says = lambda: ApprovalDecision(approved=False)
    before = digests(stack, "production")
    push = pushed(stack, "rejected")
    assert {push.digest} == digests(stack, "staging")
    assert before == digests(stack, "production")


def test_a_stage_that_fails_is_rolled_back_to_its_last_image(stack: Stack) -> None:
    """When a deployment fails, the stage is run again with the inputs of its last success."""
    good = pushed(stack, "good")
    left = ["the service cannot take it"]

    def refuse_once(call: Call) -> str:
        return left.pop() if call.operation == "UpdateService" and left else ""

    stack.trouble.denied = refuse_once
    bad = pushed(stack, "bad")
    assert "Failed" == run(bad).status
    assert {"Staging": run(good).id} == run(bad).rolled_back
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")


def test_a_service_that_does_not_exist_fails_the_stage(stack: Stack) -> None:
    """A resource that an action works on must exist."""

    def gone(call: Call) -> str:
        return "no such cluster" if call.operation == "DescribeServices" else ""

    stack.trouble.denied = gone
    [failed] = run(pushed(stack, "nowhere")).failures
    assert ("Staging", "Deploy", True) == (failed.stage, failed.name, "no such cluster" in failed.error)


def records(stack: Stack, place: str) -> tuple[str, set[str]]:
    """The digest in the record of a stage, and the digests that have its tag."""
    ssm, ecr = stack.trial.cloud.inside("ssm"), stack.trial.cloud.inside("ecr")
    image = ssm.get_parameter(Name=f"/ecr-pipeline/orders/{place}/image")["Parameter"]["Value"]
    [repository] = ecr.describe_repositories()["repositories"]
    tagged = ecr.batch_get_image(repositoryName=repository["repositoryName"], imageIds=[{"imageTag": f"_{place}"}])
    return image.rpartition("@")[2], {each["imageId"]["imageDigest"] for each in tagged["images"]}


def test_a_rollback_by_the_circuit_breaker_is_not_recorded(stack: Stack) -> None:
    """ECS has restored the old tasks. The stage fails, records nothing and rolls back."""
    good = pushed(stack, "before the circuit breaker")
    unhealthy = stack.trial.cloud.memory(ServiceDeployments).unhealthy
    unhealthy.add(sample(["linux/amd64"], "never healthy").digest)
    bad = pushed(stack, "never healthy")
    [failed] = run(bad).failures
    assert ("Staging", "Deploy") == (failed.stage, failed.name)
    assert "its deployment is ROLLBACK_SUCCESSFUL (Service deployment rolled back" in failed.error
    assert {"Staging": run(good).id} == run(bad).rolled_back
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")
    assert (good.digest, {good.digest}) == records(stack, "staging")


def test_a_rollout_without_a_circuit_breaker_fails_in_the_action(stack: Stack) -> None:
    """The tasks never start. The emulator ends the action as CodePipeline does; the function would do so earlier."""
    good = pushed(stack, "before the endless rollout")
    memory = stack.trial.cloud.memory(ServiceDeployments)
    memory.settings.clear()
    memory.unhealthy.add(sample(["linux/amd64"], "endless").digest)
    [failed] = run(pushed(stack, "endless")).failures
    assert ("Staging", "Deploy", True) == (failed.stage, failed.name, "the action would time out" in failed.error)
    assert {good.digest} == digests(stack, "staging")
