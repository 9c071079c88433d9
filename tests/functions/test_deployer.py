"""The function that deploys to ECS services together, run as Lambda runs it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from generator import functions
from tests.standins.services import Answer, RefusedError, Services, refuse

DIGEST = "sha256:" + "a" * 64
REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
IMAGE = f"{REPOSITORY}@{DIGEST}"
ENVIRONMENT = {"RECORDS": "/ecr-pipeline/orders", "REPOSITORY_URI": REPOSITORY}
FACTS = {"do": "deploy", "stage": "production", "services": "apps/web,apps/worker", "containers": "app", "image": IMAGE}
ECS = "arn:aws:ecs:eu-west-1:111122223333:"
CONTINUE, FAIL = "codepipeline.put_job_success_result", "codepipeline.put_job_failure_result"


class Cluster:
    """Two services of one cluster, with their task definitions and deployments."""

    def __init__(self, *services: str) -> None:
        self.runs = dict.fromkeys(services or ("web", "worker"), 7)
        self.containers: dict[str, tuple[str, ...]] = dict.fromkeys(self.runs, ("app", "proxy"))
        self.deployments: dict[str, list[dict[str, Any]]] = {name: [] for name in self.runs}
        self.ends: dict[str, tuple[str, str]] = {}
        """How the next deployments of a service end, and why."""
        self.missing = 0
        """Tasks that do not run."""
        self.age = 0.0
        """Of the deployments that are begun, in seconds."""
        self.more: dict[str, object] = {}
        """Of every task definition, in the words of ECS."""
        self.tags: list[dict[str, str]] = []
        self.registered = 7

    def answers(self) -> dict[str, Answer]:
        """AWS's answers."""
        return {
            CONTINUE: lambda _: {},
            FAIL: lambda _: {},
            "ssm.put_parameter": lambda _: {},
            "ecs.describe_services": self._describe,
            "ecs.describe_task_definition": self._task,
            "ecs.register_task_definition": self._register,
            "ecs.list_service_deployments": self._list,
            "ecs.update_service": self._update,
        }

    def _describe(self, asked: dict[str, Any]) -> dict[str, Any]:
        [name] = asked["services"]
        if asked["cluster"] != "apps":
            raise RefusedError("ClusterNotFoundException")
        if name not in self.runs:
            return {"services": [], "failures": [{"reason": "MISSING"}]}
        task = f"{ECS}task-definition/{name}:{self.runs[name]}"
        counts = [{"status": "PRIMARY", "desiredCount": 2, "runningCount": 2 - self.missing}]
        return {"services": [{"status": "ACTIVE", "taskDefinition": task, "deployments": counts}]}

    def _task(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["taskDefinition"].rpartition("/")[2].rpartition(":")[0]
        containers = [{"name": each, "image": "before"} for each in self.containers[name]]
        describing = {"taskDefinitionArn": asked["taskDefinition"], "revision": 7, "status": "ACTIVE"}
        return {
            "taskDefinition": {"family": name, "containerDefinitions": containers, **describing, **self.more},
            "tags": self.tags,
        }

    def _register(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.registered += 1
        return {
            "taskDefinition": {"taskDefinitionArn": f"{ECS}task-definition/{asked['family']}:{self.registered}"},
        }

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"serviceDeployments": self.deployments[asked["service"]]}

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, before = asked["service"], self.runs[asked["service"]]
        status, reason = self.ends.pop(name, ("IN_PROGRESS", ""))
        self.deployments[name].insert(
            0,  # ECS documents no order
            {
                "serviceDeploymentArn": f"{ECS}service-deployment/apps/{name}/d{len(self.deployments[name])}",
                "createdAt": time.time() - self.age + len(self.deployments[name]),
                "status": status,
                **({"statusReason": reason} if reason else {}),
            },
        )
        rolled_back = status == "ROLLBACK_SUCCESSFUL"
        self.runs[name] = before if rolled_back else int(asked["taskDefinition"].rpartition(":")[2])
        return {"service": {}}

    def end(self, status: str = "SUCCESSFUL", *services: str) -> None:
        """Ends the newest deployments of these services, or of all."""
        for name in services or tuple(self.runs):
            self.deployments[name][0]["status"] = status


def _run(
    cluster: Cluster, token: str = "", facts: dict[str, str] | None = None, **answers: Answer
) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the function makes for a job of CodePipeline."""
    services = Services(cluster.answers() | {name.replace("__", "."): answer for name, answer in answers.items()})
    configuration = {"configuration": {"UserParameters": json.dumps(FACTS | (facts or {}))}}
    data = {"actionConfiguration": configuration, **({"continuationToken": token} if token else {})}
    services.run(
        functions.source("recorder", "deployer"), {"CodePipeline.job": {"id": "job-1", "data": data}}, ENVIRONMENT
    )
    return services.calls


def _token(calls: list[tuple[str, dict[str, Any]]]) -> str:
    name, call = calls[-1]
    assert name == CONTINUE, call
    return str(call.get("continuationToken", ""))


def _failure(calls: list[tuple[str, dict[str, Any]]]) -> str:
    name, call = calls[-1]
    assert name == FAIL, call
    return str(call["failureDetails"]["message"])


def _made(calls: list[tuple[str, dict[str, Any]]], operation: str) -> list[dict[str, Any]]:
    return [call for name, call in calls if name == operation]


def test_all_services_are_updated_and_followed() -> None:
    """Each gets a revision of its own with the image in the named container, and nothing is recorded yet."""
    cluster = Cluster()
    calls = _run(cluster)
    containers = [{"name": "app", "image": IMAGE}, {"name": "proxy", "image": "before"}]
    assert [{"family": name, "containerDefinitions": containers} for name in ("web", "worker")] == _made(
        calls, "ecs.register_task_definition"
    )
    assert [
        {"cluster": "apps", "service": "web", "taskDefinition": "web:8"},
        {"cluster": "apps", "service": "worker", "taskDefinition": "worker:9"},
    ] == _made(calls, "ecs.update_service")
    assert [["apps/web", "web:7", "web:8", ""], ["apps/worker", "worker:7", "worker:9", ""]] == json.loads(
        _token(calls)
    )
    assert not _made(calls, "ssm.put_parameter")


def test_a_token_is_one_that_codepipeline_takes() -> None:
    """It has no spaces and at most 2,048 characters, with the longest names that the form and ECS take."""
    names = [letter * 94 for letter in "abc"]
    services = {"services": ",".join(f"apps/{name}" for name in names)}
    new = {"taskDefinition": {"taskDefinitionArn": f"x/{'f' * 255}:999999"}}
    token = _token(_run(Cluster(*names), facts=services, ecs__register_task_definition=lambda _: new))
    before, last = 255 - 94, len("NCWGC2ZR-taawPAYrIaU5")  # longer values of AWS
    assert len(token) + 3 * (before + last) <= 2048
    assert not any(each.isspace() for each in token)


def test_the_image_of_all_services_is_recorded_for_each() -> None:
    """The last look finds all rollouts at their end: each service has a record of its own."""
    cluster = Cluster()
    token = _token(_run(cluster))
    cluster.end("SUCCESSFUL", "web")
    calls = _run(cluster, token)
    assert token == _token(calls)
    assert not _made(calls, "ssm.put_parameter")
    cluster.end()
    calls = _run(cluster, token)
    assert "" == _token(calls)
    records = {call["Name"]: call["Value"] for call in _made(calls, "ssm.put_parameter")}
    assert {f"/ecr-pipeline/orders/production/apps/{name}/image": IMAGE for name in ("web", "worker")} == records
    assert not _made(calls, "ecs.update_service")


@pytest.mark.parametrize("status", ["STOPPED", "ROLLBACK_FAILED"])
def test_one_that_fails_rolls_back_all(status: str) -> None:
    """Both services get their previous revisions, and the message has the reason of ECS and both rollbacks."""
    cluster = Cluster()
    token = _token(_run(cluster))
    cluster.end("SUCCESSFUL", "web")
    cluster.end(status, "worker")
    cluster.deployments["worker"][0]["statusReason"] = "the circuit breaker was triggered"
    calls = _run(cluster, token)
    said = _failure(calls)
    assert f"its deployment is {status} (the circuit breaker was triggered)" in said
    assert "apps/web rolls back to web:7; apps/worker rolls back to worker:7" in said
    updated = [(call["service"], call["taskDefinition"]) for call in _made(calls, "ecs.update_service")]
    assert [("web", "web:7"), ("worker", "worker:7")] == updated


def test_a_service_that_ecs_rolled_back_is_left_alone() -> None:
    """The circuit breaker has restored the old tasks: only the other service is updated again."""
    cluster = Cluster()
    cluster.ends["worker"] = ("ROLLBACK_SUCCESSFUL", "the circuit breaker was triggered")
    calls = _run(cluster)
    said = _failure(calls)
    assert "apps/worker runs worker:7, not worker:9: its deployment is ROLLBACK_SUCCESSFUL" in said
    assert said.endswith("; apps/web rolls back to web:7; apps/worker runs worker:7')")
    updated = [(call["service"], call["taskDefinition"]) for call in _made(calls, "ecs.update_service")]
    assert [("web", "web:8"), ("worker", "worker:9"), ("web", "web:7")] == updated


def test_one_that_cannot_roll_back_does_not_stop_the_others() -> None:
    """The message says which service still has the new revision."""
    cluster = Cluster()
    token = _token(_run(cluster))
    cluster.end("STOPPED", "worker")
    update = cluster.answers()["ecs.update_service"]

    def broken(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["service"] == "web":
            raise RefusedError("AccessDeniedException")
        return update(asked)

    said = _failure(_run(cluster, token, ecs__update_service=broken))
    assert "apps/web does not roll back to web:7: An error occurred (AccessDeniedException)" in said
    assert "apps/worker rolls back to worker:7" in said
    assert {"web": 8, "worker": 7} == cluster.runs


def test_a_refused_update_rolls_back_the_first() -> None:
    """The second service cannot be updated: the first one, which was, is rolled back at once."""
    cluster = Cluster()
    update = cluster.answers()["ecs.update_service"]

    def broken(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["service"] == "worker":
            raise RefusedError("AccessDeniedException")
        return update(asked)

    assert "AccessDeniedException" in _failure(_run(cluster, ecs__update_service=broken))
    assert {"web": 7, "worker": 7} == cluster.runs


def test_a_deployment_of_another_user_fails_the_action() -> None:
    """Another revision runs: that of the others is put back, and theirs is left."""
    cluster = Cluster()
    token = _token(_run(cluster))
    cluster.end()
    cluster.runs["worker"] = 12
    said = _failure(_run(cluster, token))
    assert "apps/worker runs worker:12, not worker:9" in said
    assert said.endswith("; apps/web rolls back to web:7; apps/worker runs worker:12')")
    assert {"web": 7, "worker": 12} == cluster.runs


@pytest.mark.parametrize(
    "status", ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]
)
def test_a_deployment_in_progress_is_followed(status: str) -> None:
    """Also for hours, if all tasks run: steps, hooks and bake times."""
    cluster = Cluster()
    cluster.age = 20 * 3600
    token = _token(_run(cluster))
    cluster.end(status)
    assert token == _token(_run(cluster, token))


def test_tasks_that_do_not_start_within_an_hour_fail_the_action() -> None:
    """Without a circuit breaker ECS would never stop trying."""
    for age, fails in ((3500, False), (3700, True), (4800, True)):
        cluster = Cluster()
        cluster.missing, cluster.age = 1, age
        name, call = _run(cluster)[-1]
        assert fails == (name == FAIL), call


def test_a_task_that_is_missing_later_does_not_fail_the_action() -> None:
    """While traffic shifts and bakes, the service scales, or a task is replaced."""
    cluster = Cluster()
    token = _token(_run(cluster))
    cluster.missing = 1
    for deployments in cluster.deployments.values():
        deployments[0]["createdAt"] -= 5 * 3600
    assert token == _token(_run(cluster, token))


def test_the_last_deployment_may_leave_the_list_before_the_new_one_appears() -> None:
    """The list covers two days."""
    token = json.dumps([["apps/web", "web:7", "web:8", "two-days-old"]])
    assert token.replace(" ", "") == _token(_run(Cluster("web"), token, {"services": "apps/web"}))


def test_a_deployment_that_is_not_listed_yet_is_waited_for() -> None:
    """The last one before is not taken for the new one, though the service has its revision already."""
    cluster = Cluster("web")
    old = {"serviceDeploymentArn": f"{ECS}service-deployment/apps/web/old", "createdAt": 1, "status": "SUCCESSFUL"}
    token = _token(
        _run(
            cluster,
            facts={"services": "apps/web"},
            ecs__list_service_deployments=lambda _: {"serviceDeployments": [old]},
        )
    )
    assert [["apps/web", "web:7", "web:8", "old"]] == json.loads(token)


def test_only_the_newest_deployments_are_listed() -> None:
    """A page has at most 100, in no order that AWS documents: those of two days fit."""
    [call, *_] = _made(_run(Cluster()), "ecs.list_service_deployments")
    assert 100 == call["maxResults"]
    assert 172_000 < time.time() - call["createdAt"]["after"] < 173_000


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"services": "apps/web,apps/gone"}, "there is no service apps/gone"),
        ({"services": "apps/web,nowhere/web"}, "there is no service nowhere/web"),
        ({"containers": "sidecar"}, "apps/web has no container sidecar"),
        ({"containers": "app,sidecar"}, "no container sidecar in apps/web,apps/worker"),
    ],
)
def test_a_missing_service_or_container_deploys_nothing(facts: dict[str, str], said: str) -> None:
    """One line, before anything was registered or updated."""
    cluster = Cluster()
    calls = _run(cluster, facts=facts)
    assert said in _failure(calls)
    assert not _made(calls, "ecs.register_task_definition")
    assert not _made(calls, "ecs.update_service")


def test_a_container_of_one_service_is_enough() -> None:
    """The services have containers of different names: each name must be found in one of them."""
    cluster = Cluster()
    cluster.containers["worker"] = ("consumer", "app")
    cluster.containers["web"] = ("proxy", "web")
    calls = _run(cluster, facts={"containers": "consumer,web"})
    images = [
        {each["name"]: each["image"] for each in call["containerDefinitions"]}
        for call in _made(calls, "ecs.register_task_definition")
    ]
    assert [{"proxy": "before", "web": IMAGE}, {"consumer": IMAGE, "app": "before"}] == images


def test_a_service_without_any_container_is_refused() -> None:
    """It would be recorded as deployed, and run its previous image."""
    cluster = Cluster()
    cluster.containers["worker"] = ("consumer",)
    assert "apps/worker has no container app" in _failure(_run(cluster))


def test_tags_are_kept_except_for_those_of_aws() -> None:
    """Nobody can set tags that begin with aws:."""
    cluster = Cluster("web")
    cluster.tags = [{"key": "team", "value": "orders"}, {"key": "aws:cloudformation:stack-name", "value": "web"}]
    [request] = _made(_run(cluster, facts={"services": "apps/web"}), "ecs.register_task_definition")
    assert [{"key": "team", "value": "orders"}] == request["tags"]


def test_fields_that_the_runtime_does_not_know_deploy_nothing() -> None:
    """The SDK of the Lambda runtime may be older than a field: it would drop it."""
    for more in ({"newField": {"on": True}}, {"runtimePlatform": {"newField": 1}}):
        cluster = Cluster()
        cluster.more = dict(more)
        calls = _run(cluster)
        assert "Unknown parameter in" in _failure(calls)
        assert "newField" in _failure(calls)
        assert not _made(calls, "ecs.update_service")


@pytest.mark.parametrize("operation", ["describe_services", "describe_task_definition", "register_task_definition"])
def test_a_refusal_fails_the_action_at_once(operation: str) -> None:
    """Without an answer the action would wait until its timeout."""
    cluster = Cluster()
    answers: dict[str, Any] = {f"ecs__{operation}": refuse("ServerException")}
    said = _failure(_run(cluster, **answers))
    assert "ServerException" in said
    assert {"web": 7, "worker": 7} == cluster.runs
