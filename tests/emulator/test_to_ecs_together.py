"""pipeline-ecs with a list of services: in the end all of them run the digest, or their previous images."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator import catalog
from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.services.ecs import ServiceDeployments
from generator.emulator.trial import deployment
from generator.errors import GeneratorError
from generator.publishing import render
from tests.emulator.people import Stack, all_the_way, deployed, parameters_of, pushed, run

pytestmark = pytest.mark.slow

NAMES = ("web", "worker", "cron")
SERVICES: dict[str, str] = {
    f"{stage}Service": ",".join(f"{stage.lower()}/{name}" for name in NAMES) for stage in ("Staging", "Production")
}


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline, deployed once for all tests of this file."""
    with deployed(
        "pipeline-ecs",
        StagingService=SERVICES["StagingService"],
        ProductionService=SERVICES["ProductionService"],
    ) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    standing.trial.cloud.memory(ServiceDeployments).unhealthy.clear()
    return standing.sound()


def images(stack: Stack, place: str) -> dict[str, set[str]]:
    """The images of the containers in each service of a stage."""
    ecs = stack.trial.cloud.inside("ecs")
    found: dict[str, set[str]] = {}
    for service in ecs.describe_services(cluster=place, services=list(NAMES))["services"]:
        task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        found[service["serviceName"]] = {each["image"].rpartition("@")[2] for each in task["containerDefinitions"]}
    return found


def digests(stack: Stack, place: str) -> set[str]:
    """The digests that any of the services of a stage runs."""
    return {digest for each in images(stack, place).values() for digest in each}


def records(stack: Stack, place: str) -> dict[str, str]:
    """The digest in each record of an image of the stage, by the place of the record below that of the stage."""
    path = f"/ecr-pipeline/orders/{place}/"
    ssm = stack.trial.cloud.inside("ssm")
    found = ssm.get_parameters_by_path(Path=path, Recursive=True)["Parameters"]
    return {
        each["Name"].removeprefix(path): each["Value"].rpartition("@")[2]
        for each in found
        if each["Name"].endswith("image")
    }


def test_a_first_rollout_that_fails_leaves_every_service_as_it_was(stack: Stack) -> None:
    """There is no run yet that the stage could go back to: the function puts the services back."""
    digest = sample(["linux/amd64"], "the first").digest
    stack.trial.cloud.memory(ServiceDeployments).unhealthy.add(f"staging/worker {digest}")
    before = images(stack, "staging")
    failed = run(pushed(stack, "the first"))
    [failure] = failed.failures
    assert ("Staging", "Deploy") == (failure.stage, failure.name)
    assert "staging/worker runs staging-worker:1, not staging-worker:2" in failure.error
    assert "staging/web rolls back to staging-web:1" in failure.error
    assert {"Staging": ""} == failed.rolled_back
    assert before == images(stack, "staging")
    assert {} == records(stack, "staging")


def test_one_approval_is_for_all_services(stack: Stack) -> None:
    """Staging, then one request, then production: every service has the digest, and a record of its own."""
    all_the_way(stack, digests, "together")
    [request] = stack.approver.requests
    services = ",".join(f"production/{name}" for name in NAMES)
    assert f"It would replace in production ({services}: nothing recorded yet)." in request.text
    for place in ("staging", "production"):
        [digest] = digests(stack, place)
        places = {"image", *(f"{place}/{name}/image" for name in NAMES)}
        assert dict.fromkeys(places, digest) == records(stack, place)


@pytest.mark.parametrize("name", NAMES)
def test_one_that_fails_rolls_all_back(stack: Stack, name: str) -> None:
    """Wherever it is in the list. The stage then deploys its last image once more, and the records stay."""
    good = pushed(stack, f"before {name} fails")
    digest = sample(["linux/amd64"], f"{name} fails").digest
    stack.trial.cloud.memory(ServiceDeployments).unhealthy.add(f"production/{name} {digest}")
    bad = run(pushed(stack, f"{name} fails"))
    [failure] = bad.failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert "its deployment is ROLLBACK_SUCCESSFUL" in failure.error
    assert {"Production": run(good).id} == bad.rolled_back
    assert {good.digest} == digests(stack, "production")
    assert {good.digest} == set(records(stack, "production").values())


def test_a_refused_update_rolls_all_back(stack: Stack) -> None:
    """The last service of the list cannot be updated."""
    good = pushed(stack, "before the refusal")
    refused: list[Call] = []

    def refuse_once(call: Call) -> str:
        if call.operation == "UpdateService" and call.parameters["service"] == "cron" and not refused:
            refused.append(call)
            return "not this one"
        return ""

    stack.trouble.denied = refuse_once
    [failure] = run(pushed(stack, "refused")).failures
    assert "not this one" in failure.error
    assert "staging/web rolls back to" in failure.error
    assert {good.digest} == digests(stack, "staging")


def test_a_service_that_is_gone_deploys_nothing(stack: Stack) -> None:
    """One line says which service does not exist, before a revision is registered."""
    good, ecs = pushed(stack, "before the end"), stack.trial.cloud.inside("ecs")
    running = ecs.describe_services(cluster="production", services=["cron"])["services"][0]
    ecs.update_service(cluster="production", service="cron", desiredCount=0)
    ecs.delete_service(cluster="production", service="cron")
    calls = len(stack.trial.cloud.calls)
    [failure] = run(pushed(stack, "gone")).failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert "there is no service production/cron" in failure.error
    asked = [call.operation for call in stack.trial.cloud.calls[calls:] if "production" in str(call.parameters)]
    assert "UpdateService" not in asked
    assert {good.digest} == digests(stack, "production")
    ecs.create_service(
        cluster="production", serviceName="cron", taskDefinition=running["taskDefinition"], desiredCount=1
    )


def test_another_controller_deploys_nothing(stack: Stack) -> None:
    """One line says which service cannot be updated, before a revision of the others is registered."""
    name = NAMES[-1]
    good, ecs = pushed(stack, f"before {name} is external"), stack.trial.cloud.inside("ecs")
    running = ecs.describe_services(cluster="production", services=[name])["services"][0]
    ecs.update_service(cluster="production", service=name, desiredCount=0)
    ecs.delete_service(cluster="production", service=name)
    ecs.create_service(cluster="production", serviceName=name, deploymentController={"type": "EXTERNAL"})
    calls = len(stack.trial.cloud.calls)
    [failure] = run(pushed(stack, f"{name} is external")).failures
    assert ("Production", "Deploy") == (failure.stage, failure.name)
    assert f"the deployment controller of production/{name} is EXTERNAL, not ECS" in failure.error
    asked = [call.operation for call in stack.trial.cloud.calls[calls:] if "production" in str(call.parameters)]
    assert not {"UpdateService", "RegisterTaskDefinition"} & set(asked)
    ecs.delete_service(cluster="production", service=name)
    ecs.create_service(cluster="production", serviceName=name, taskDefinition=running["taskDefinition"], desiredCount=1)
    assert {good.digest} == digests(stack, "production")


def test_a_service_of_both_stages_deploys_nothing(stack: Stack) -> None:
    """CloudFormation cannot compare the members of two lists. Nothing reaches production without an approval."""
    good = pushed(stack, "before the lists overlap")
    body, given = render.to_dict(catalog.build("pipeline-ecs")), parameters_of("pipeline-ecs", "prod") | SERVICES
    overlap = {"StagingService": "staging/web,production/worker"}
    deployment.deploy(stack.trial.cloud, "pipeline-ecs", body, given | overlap)
    try:
        [failure] = run(pushed(stack, "the lists overlap")).failures
    finally:
        deployment.deploy(stack.trial.cloud, "pipeline-ecs", body, given)
    assert ("Staging", "Deploy") == (failure.stage, failure.name)
    assert "production/worker is a service of both stages" in failure.error
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")


def test_a_look_that_fails_is_repeated(stack: Stack) -> None:
    """ECS is broken for a moment during a rollout."""
    begun: list[Call] = []
    failed: list[Call] = []

    def broken_once(call: Call) -> Answer | None:
        begun.extend([call] if call.operation == "UpdateService" else [])
        if len(begun) < len(NAMES) or failed or call.operation != "ListServiceDeployments":
            return None
        failed.append(call)
        return refusal(call, "ServerException", "try later")

    stack.trouble.fault = broken_once
    push = pushed(stack, "broken for a moment")
    assert 1 == len(failed)
    assert "Succeeded" == run(push).status
    assert {push.digest} == digests(stack, "staging") == digests(stack, "production")


@pytest.mark.parametrize(
    "services", ["staging/web,staging/web", "staging/web,staging/cron,staging/web", "a/b,c/d,e/f,g/h"]
)
def test_a_duplicate_or_a_fourth_service_is_refused(stack: Stack, services: str) -> None:
    """CloudFormation refuses the stack before anything is changed."""
    body, given = render.to_dict(catalog.build("pipeline-ecs")), parameters_of("pipeline-ecs", "prod")
    with pytest.raises(GeneratorError, match="StagingService"):
        deployment.deploy(stack.trial.cloud, "pipeline-ecs", body, given | SERVICES | {"StagingService": services})
