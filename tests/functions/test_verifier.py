"""The function that verifies what an ECS service runs, run as Lambda runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import functions
from tests.standins.services import Answer, Services, refuse

DIGEST, OTHER = ("sha256:" + digit * 64 for digit in "ab")
REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
IMAGE = f"{REPOSITORY}@{DIGEST}"
FACTS = {"runs": IMAGE, "service": "apps/orders", "containers": "app,worker"}
REVISION = "arn:aws:ecs:eu-west-1:111122223333:service-revision/apps/orders/1"
NEWEST = {
    "serviceDeploymentArn": "arn:aws:ecs:eu-west-1:111122223333:service-deployment/apps/orders/new",
    "targetServiceRevisionArn": REVISION,
    "createdAt": 2,
    "status": "SUCCESSFUL",
}
EARLIER = {**NEWEST, "createdAt": 1, "status": "ROLLBACK_SUCCESSFUL"}
GOOD: dict[str, Answer] = {
    "codepipeline.put_job_success_result": lambda _: {},
    "codepipeline.put_job_failure_result": lambda _: {},
    "ecs.list_service_deployments": lambda _: {"serviceDeployments": [EARLIER, NEWEST]},
    "ecs.describe_service_revisions": lambda _: {"serviceRevisions": [{"containerImages": _images(app=DIGEST)}]},
}


def _images(**digests: str) -> list[dict[str, str]]:
    """The containers of a revision, all but the named ones with the image."""
    given = {"app": DIGEST, "worker": DIGEST, "proxy": OTHER, **digests}
    return [
        {"containerName": name, "imageDigest": digest, "image": f"{REPOSITORY}@{digest}"}
        for name, digest in given.items()
    ]


def _run(runs: str = IMAGE, /, **answers: Answer) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the function makes for a job of CodePipeline about this image."""
    services = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()})
    configuration = {
        "configuration": {"FunctionName": "verifier", "UserParameters": json.dumps({**FACTS, "runs": runs})}
    }
    event = {"CodePipeline.job": {"id": "job-1", "data": {"actionConfiguration": configuration}}}
    services.run(functions.source("verifier"), event, {})
    return services.calls


def _failure(runs: str = IMAGE, /, **answers: Answer) -> str:
    name, call = _run(runs, **answers)[-1]
    assert "codepipeline.put_job_failure_result" == name
    return str(call["failureDetails"]["message"])


def _ended(status: str, **more: object) -> Answer:
    return lambda _: {"serviceDeployments": [{**NEWEST, "status": status, **more}]}


def test_a_service_that_runs_the_image_passes() -> None:
    """The newest deployment succeeded, and each named container has the digest; other containers do not matter."""
    calls = _run()
    assert {"cluster": "apps", "service": "orders"} == calls[0][1]
    assert {"serviceRevisionArns": [REVISION]} == calls[1][1]
    assert ("codepipeline.put_job_success_result", {"jobId": "job-1"}) == calls[-1]


def test_all_pages_are_read() -> None:
    """AWS documents no order of deployments: the newest may be on the last page."""
    pages = {None: ([EARLIER], "more"), "more": ([NEWEST], None)}

    def page(asked: dict[str, Any]) -> dict[str, Any]:
        found, token = pages[asked.get("nextToken")]
        return {"serviceDeployments": found, **({"nextToken": token} if token else {})}

    assert "codepipeline.put_job_success_result" == _run(ecs__list_service_deployments=page)[-1][0]


@pytest.mark.parametrize("status", ["STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"])
def test_old_tasks_that_are_back_fail_the_action(status: str) -> None:
    """The message has the reason that ECS gives."""
    said = _failure(ecs__list_service_deployments=_ended(status, statusReason="the circuit breaker was triggered"))
    assert (
        f"apps/orders does not run {IMAGE}: its deployment ended {status} (the circuit breaker was triggered)" in said
    )


@pytest.mark.parametrize(
    "status", ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]
)
def test_a_deployment_that_goes_on_is_asked_for_again(status: str) -> None:
    """CodePipeline calls the function again as long as it gets a continuation token."""
    name, call = _run(ecs__list_service_deployments=_ended(status))[-1]
    assert "codepipeline.put_job_success_result" == name
    assert {"jobId": "job-1", "continuationToken": NEWEST["serviceDeploymentArn"]} == call


@pytest.mark.parametrize("container", ["app", "worker"])
def test_another_image_fails_the_action(container: str) -> None:
    """Somebody else has deployed in the meantime: the message shows what runs, and where."""
    revision = {"containerImages": _images(**{container: OTHER})}
    said = _failure(ecs__describe_service_revisions=lambda _: {"serviceRevisions": [revision]})
    assert f"apps/orders runs {REPOSITORY}@{OTHER} in {container}, not {IMAGE}" in said


def test_the_digest_of_an_index_is_that_of_the_task_definition() -> None:
    """ECS may resolve an index to the image of one platform: `image` still has the digest that was deployed."""
    images = [{**each, "imageDigest": OTHER} for each in _images(proxy=DIGEST)]
    answer: Answer = lambda _: {"serviceRevisions": [{"containerImages": images}]}  # noqa: E731  it is given by name
    assert "codepipeline.put_job_success_result" == _run(ecs__describe_service_revisions=answer)[-1][0]


def test_a_tag_verifies_nothing() -> None:
    """Two images that are named by tag have no digests, which must not count as the same digest."""
    images = [{"containerName": name, "image": f"{REPOSITORY}:v1"} for name in ("app", "worker")]
    said = _failure(
        f"{REPOSITORY}:v1",
        ecs__describe_service_revisions=lambda _: {"serviceRevisions": [{"containerImages": images}]},
    )
    assert f"apps/orders runs {REPOSITORY}:v1 in app, not {REPOSITORY}:v1" in said


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"ecs__list_service_deployments": lambda _: {"serviceDeployments": []}}, "apps/orders has no deployment"),
        ({"ecs__list_service_deployments": refuse("ServiceNotFoundException")}, "ServiceNotFoundException"),
        (
            {"ecs__describe_service_revisions": lambda _: {"serviceRevisions": [{"containerImages": []}]}},
            "apps/orders runs nothing in app",
        ),
    ],
)
def test_what_cannot_be_verified_fails_the_action(answers: dict[str, Answer], said: str) -> None:
    """The action fails at once and says why: without an answer it would hang."""
    assert said in _failure(**answers)
