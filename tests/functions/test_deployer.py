"""The function that deploys to ECS services together, run as Lambda runs it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from generator import functions
from tests.standins.services import Answer, RefusedError, Services, refuse

DIGEST = "sha256:" + "a" * 64
REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
IMAGE = f"{REPOSITORY}@{DIGEST}"
STAGING = "apps/staging-web,apps/staging-worker"
ENVIRONMENT = {
    "RECORDS": "/ecr-pipeline/orders",
    "REPOSITORY_URI": REPOSITORY,
    "SERVICES": f"{STAGING},apps/web,apps/worker",
}
FACTS = {"do": "deploy", "stage": "production", "services": "apps/web,apps/worker", "containers": "app", "image": IMAGE}
ECS = "arn:aws:ecs:eu-west-1:111122223333:"
HOUR = 3600
CONTINUE, FAIL = "codepipeline.put_job_success_result", "codepipeline.put_job_failure_result"


class Cluster:
    """Two services of one cluster, with their task definitions and deployments."""

    def __init__(self, *services: str) -> None:
        self.runs = dict.fromkeys(services or ("web", "worker"), 7)
        self.containers: dict[str, tuple[str, ...]] = dict.fromkeys(self.runs, ("app", "proxy"))
        self.deployments: dict[str, list[dict[str, Any]]] = {name: [] for name in self.runs}
        self.controllers: dict[str, str] = {}
        """Of services whose controller is not ECS."""
        self.ends: dict[str, tuple[str, str]] = {}
        """How the next deployments of a service end, and why."""
        self.later: dict[str, str] = {}
        """How a deployment of a service ends that is in progress at first."""
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
        service: dict[str, Any] = {"status": "ACTIVE", "taskDefinition": task, "deployments": counts}
        if name in self.controllers:
            service["deploymentController"] = {"type": self.controllers[name]}
            if self.controllers[name] == "EXTERNAL":
                del service["taskDefinition"]  # only its task sets have one
        return {"services": [service]}

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
    cluster: Cluster,
    token: str = "",
    facts: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
    **answers: Answer,
) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the function makes for a job of CodePipeline."""
    services = Services(cluster.answers() | {name.replace("__", "."): answer for name, answer in answers.items()})
    services.run(functions.source("recorder", "deployer"), _job(token, facts), environment or ENVIRONMENT)
    return services.calls


def _job(token: str, facts: dict[str, str] | None = None) -> dict[str, Any]:
    """The event of CodePipeline."""
    configuration = {"configuration": {"UserParameters": json.dumps(FACTS | (facts or {}))}}
    data = {"actionConfiguration": configuration, **({"continuationToken": token} if token else {})}
    return {"CodePipeline.job": {"id": "job-1", "data": data}}


def _begun(cluster: Cluster, facts: dict[str, str] | None = None, **answers: Answer) -> str:
    """The token after the rollouts have begun."""
    token = _token(_run(cluster, facts=facts))
    assert not any(cluster.deployments.values())
    return _token(_run(cluster, token, facts, None, **answers))


def _rollouts(token: str) -> list[list[str]]:
    """The part of the token about the services."""
    rollouts: list[list[str]] = json.loads(token)[1]
    return rollouts


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
    assert not _made(calls, "ecs.update_service")
    token = _token(calls)
    assert [["apps/web", "web:7", "web:8", ""], ["apps/worker", "worker:7", "worker:9", ""]] == _rollouts(token)
    calls = _run(cluster, token)
    assert [
        {"cluster": "apps", "service": "web", "taskDefinition": "web:8"},
        {"cluster": "apps", "service": "worker", "taskDefinition": "worker:9"},
    ] == _made(calls, "ecs.update_service")
    assert _rollouts(token) == _rollouts(_token(calls))
    calls = _run(cluster, token)
    assert not _made(calls, "ecs.update_service")
    assert _token(calls)
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
    token = _begun(cluster)
    cluster.end("SUCCESSFUL", "web")
    calls = _run(cluster, token)
    assert _rollouts(token) == _rollouts(_token(calls))
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
    token = _begun(cluster)
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
    token = _begun(cluster)
    calls = _run(cluster, token)
    said = _failure(calls)
    assert "apps/worker runs worker:7, not worker:9: its deployment is ROLLBACK_SUCCESSFUL" in said
    assert said.endswith("; apps/web rolls back to web:7; apps/worker runs worker:7')")
    updated = [(call["service"], call["taskDefinition"]) for call in _made(calls, "ecs.update_service")]
    assert [("web", "web:7")] == updated


def test_one_that_cannot_roll_back_does_not_stop_the_others() -> None:
    """The message says which service still has the new revision."""
    cluster = Cluster()
    token = _begun(cluster)
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

    token = _token(_run(cluster))
    assert "AccessDeniedException" in _failure(_run(cluster, token, ecs__update_service=broken))
    assert {"web": 7, "worker": 7} == cluster.runs


def test_a_deployment_of_another_user_fails_the_action() -> None:
    """Another revision runs: that of the others is put back, and theirs is left."""
    cluster = Cluster()
    token = _begun(cluster)
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
    token = _begun(cluster)
    cluster.end(status)
    assert _rollouts(token) == _rollouts(_token(_run(cluster, token)))


def test_tasks_that_do_not_start_within_an_hour_fail_the_action() -> None:
    """Without a circuit breaker ECS would never stop trying."""
    for age, fails in ((3500, False), (3700, True), (4800, True)):
        cluster = Cluster()
        cluster.missing, cluster.age = 1, age
        name, call = _run(cluster, _begun(cluster))[-1]
        assert fails == (name == FAIL), call


def test_a_task_that_is_missing_later_does_not_fail_the_action() -> None:
    """While traffic shifts and bakes, the service scales, or a task is replaced."""
    cluster = Cluster()
    token = _begun(cluster)
    cluster.missing = 1
    for deployments in cluster.deployments.values():
        deployments[0]["createdAt"] -= 5 * 3600
    assert _rollouts(token) == _rollouts(_token(_run(cluster, token)))


def test_the_last_deployment_may_leave_the_list_before_the_new_one_appears() -> None:
    """The list covers two days."""
    cluster, rollouts = Cluster("web"), [["apps/web", "web:7", "web:8", "two-days-old"]]
    cluster.runs["web"] = 8
    calls = _run(cluster, json.dumps([0, rollouts]), {"services": "apps/web"})
    assert rollouts == _rollouts(_token(calls))
    assert not _made(calls, "ecs.update_service")


def test_a_deployment_that_is_not_listed_yet_is_waited_for() -> None:
    """The last one before is not taken for the new one, though the service has its revision already."""
    cluster, facts = Cluster("web"), {"services": "apps/web"}
    old = {"serviceDeploymentArn": f"{ECS}service-deployment/apps/web/old", "createdAt": 1, "status": "SUCCESSFUL"}
    listed: dict[str, Any] = {"ecs__list_service_deployments": lambda _: {"serviceDeployments": [old]}}
    token = _token(_run(cluster, facts=facts, **listed))
    assert [["apps/web", "web:7", "web:8", "old"]] == _rollouts(token)
    assert _made(_run(cluster, token, facts, **listed), "ecs.update_service")
    calls = _run(cluster, token, facts, **listed)
    assert _rollouts(token) == _rollouts(_token(calls))
    assert not _made(calls, "ecs.update_service")


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
        ({"services": "apps/web,apps/staging-worker"}, "apps/staging-worker is a service of both stages"),
    ],
)
def test_a_missing_service_or_container_deploys_nothing(facts: dict[str, str], said: str) -> None:
    """One line, before anything was registered or updated."""
    listed = {"SERVICES": f"{STAGING},{(FACTS | facts)['services']}"}
    calls = _run(Cluster(), facts=facts, environment=ENVIRONMENT | listed)
    assert f"ValueError({said!r})" == _failure(calls)
    _changed_nothing(calls)


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
@pytest.mark.parametrize("name", ["web", "worker", "cron"])
def test_another_controller_deploys_nothing(name: str, controller: str) -> None:
    """ECS would refuse the update only when it is the turn of this service, and the others would have begun."""
    cluster = Cluster("web", "worker", "cron")
    cluster.controllers[name] = controller
    calls = _run(cluster, facts={"services": "apps/web,apps/worker,apps/cron"})
    assert f"the deployment controller of apps/{name} is {controller}, not ECS" in _failure(calls)
    _changed_nothing(calls)


@pytest.mark.parametrize("name", ["web", "worker", "cron"])
def test_a_role_that_may_not_be_passed_deploys_nothing(name: str) -> None:
    """TaskRoleArns lacks a role of one of the services."""
    cluster = Cluster("web", "worker", "cron")
    register = cluster.answers()["ecs.register_task_definition"]

    def refused(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["family"] == name:
            raise RefusedError("AccessDeniedException")
        return register(asked)

    facts = {"services": "apps/web,apps/worker,apps/cron"}
    calls = _run(cluster, facts=facts, ecs__register_task_definition=refused)
    assert "AccessDeniedException" in _failure(calls)
    assert not _made(calls, "ecs.update_service")


def test_a_service_that_names_its_controller_is_deployed() -> None:
    """As ECS answers for a service that was created with it."""
    cluster = Cluster()
    cluster.controllers["web"] = "ECS"
    assert _token(_run(cluster))


def _changed_nothing(calls: list[tuple[str, dict[str, Any]]]) -> None:
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


@pytest.mark.parametrize(
    "operation",
    ["describe_services", "describe_task_definition", "register_task_definition", "list_service_deployments"],
)
def test_a_refusal_before_the_rollout_fails_the_action_at_once(operation: str) -> None:
    """Without an answer the action would wait until its timeout."""
    cluster = Cluster()
    answers: dict[str, Any] = {f"ecs__{operation}": refuse("ServerException")}
    said = _failure(_run(cluster, **answers))
    assert "ServerException" in said
    assert {"web": 7, "worker": 7} == cluster.runs


def _unreachable(_asked: dict[str, Any]) -> dict[str, Any]:
    raise EndpointConnectionError(endpoint_url="https://ecs.eu-west-1.amazonaws.com")


@pytest.mark.parametrize("operation", ["describe_services", "list_service_deployments"])
@pytest.mark.parametrize("fault", [refuse("ServerException"), refuse("ThrottlingException"), _unreachable])
def test_a_look_that_fails_is_repeated(operation: str, fault: Answer) -> None:
    """The rollout continues meanwhile, and the next look finds it."""
    cluster = Cluster()
    token = _begun(cluster)
    broken: dict[str, Any] = {f"ecs__{operation}": fault}
    for _ in range(3):
        calls = _run(cluster, token, **broken)
        assert token == _token(calls)
        assert not _made(calls, "ecs.update_service")
    cluster.end()
    calls = _run(cluster, token)
    assert "" == _token(calls)
    assert 2 == len(_made(calls, "ssm.put_parameter"))
    assert {"web": 8, "worker": 9} == cluster.runs


def test_a_look_that_fails_begins_the_rollouts_later() -> None:
    """One service has begun when the look at the other one fails: that one begins at the next look."""
    cluster = Cluster()
    describe = cluster.answers()["ecs.describe_services"]

    def broken(asked: dict[str, Any]) -> dict[str, Any]:
        return _unreachable(asked) if asked["services"] == ["worker"] else describe(asked)

    token = _begun(cluster, ecs__describe_services=broken)
    assert {"web": 8, "worker": 7} == cluster.runs
    assert _token(_run(cluster, token))
    assert {"web": 8, "worker": 9} == cluster.runs


def test_looks_that_fail_for_an_hour_put_back_all() -> None:
    """Nobody knows how the rollouts go. Each look that succeeds starts another hour."""
    cluster = Cluster()
    moment, rollouts = json.loads(_begun(cluster))
    for age, fails in ((HOUR - 60, False), (HOUR + 60, True)):
        token = json.dumps([moment - age, rollouts])
        calls = _run(cluster, token, ecs__list_service_deployments=refuse("ServerException"))
        assert fails == (calls[-1][0] == FAIL)
    said = _failure(calls)
    assert "(ServerException)" in said
    assert said.endswith("; apps/web rolls back to web:7; apps/worker rolls back to worker:7')")
    assert {"web": 7, "worker": 7} == cluster.runs
    again = _begun(Cluster())
    assert time.time() - 60 < json.loads(again)[0] <= time.time()


def test_a_service_that_is_gone_during_the_rollout_fails_the_action_at_once() -> None:
    """No later look would find it. The others go back."""
    cluster = Cluster()
    token = _begun(cluster)
    del cluster.runs["worker"]
    said = _failure(_run(cluster, token))
    assert "there is no service apps/worker; apps/web rolls back to web:7; apps/worker does not roll back" in said


class _Killed(BaseException):  # not an Exception: no code sees the end of its process
    """Lambda ends the function, for its timeout or its memory."""


class _Pipeline:
    """An action from its first job to its end, with a Lambda that kills the function once, and runs it again then.

    `number` is the call to AWS that it is killed at, from 0. `done` is for a call that AWS has answered and the
    function has not seen. With `twice`, Lambda also runs it twice for no reason.
    """

    def __init__(self, services: Services, cluster: Cluster, number: int, *, done: bool, twice: bool = False) -> None:
        self.services, self.cluster, self.left, self.done, self.twice = services, cluster, number, done, twice
        self.records: dict[str, str] = {}
        self.results: list[tuple[str, dict[str, Any]]] = []
        answers = cluster.answers() | {
            CONTINUE: lambda asked: self._take(CONTINUE, asked),
            FAIL: lambda asked: self._take(FAIL, asked),
            "ssm.put_parameter": self._record,
        }
        services.answers = {name: self._killing(each) for name, each in answers.items()}

    def run(self) -> str:
        """Why the action failed, "" if it succeeded. From the fourth job on, the rollouts are at their end."""
        token = ""
        for number in range(9):
            if number >= 3:
                for each in self.cluster.runs:
                    self.cluster.end(self.cluster.later.get(each, "SUCCESSFUL"), each)
            self.results.clear()
            if self._is_killed(token) or self.twice:
                self._is_killed(token)
            [(name, call)] = self.results
            if name == FAIL:
                return str(call["failureDetails"]["message"])
            token = call.get("continuationToken", "")
            if not token:
                return ""
        raise AssertionError("the action does not end")

    def _is_killed(self, token: str) -> bool:
        try:
            self.services.run(functions.source("recorder", "deployer"), _job(token), ENVIRONMENT)
        except _Killed:
            return True
        except ClientError as error:
            if "InvalidJobStateException" not in str(error):  # the job has its answer
                raise
        return False

    def _killing(self, answer: Answer) -> Answer:
        def answer_or_kill(asked: dict[str, Any]) -> dict[str, Any]:
            self.left -= 1
            if self.left == -1 and not self.done:
                raise _Killed
            given = answer(asked)
            if self.left == -1:
                raise _Killed
            return given

        return answer_or_kill

    def _take(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        if self.results:
            raise RefusedError("InvalidJobStateException")
        self.results.append((name, asked))
        return {}

    def _record(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.records[asked["Name"]] = asked["Value"]
        return {}


def _killed_at_each_call(*, done: bool, twice: bool, **later: str) -> Iterator[tuple[Cluster, _Pipeline]]:
    """A cluster and a pipeline for each call of the function: there it is killed, before or after the call is done."""
    services = Services({})
    for number in itertools.count():
        cluster = Cluster()
        cluster.later.update(later)
        pipeline = _Pipeline(services, cluster, number, done=done, twice=twice)
        yield cluster, pipeline
        if pipeline.left >= 0:  # it has no more calls
            assert number > 20
            return


@pytest.mark.parametrize(("done", "twice"), [(False, False), (True, False), (True, True)])
def test_a_function_that_is_killed_anywhere_is_run_again_to_the_same_end(*, done: bool, twice: bool) -> None:
    """Every service has the image after one deployment, and a record."""
    for cluster, pipeline in _killed_at_each_call(done=done, twice=twice):
        assert "" == pipeline.run()
        assert {
            f"/ecr-pipeline/orders/production/apps/{name}/image": IMAGE for name in cluster.runs
        } == pipeline.records
        assert [1, 1] == [len(each) for each in cluster.deployments.values()]
        assert all(revision > 7 for revision in cluster.runs.values())


@pytest.mark.parametrize(("done", "twice"), [(False, False), (True, False), (True, True)])
def test_a_function_that_is_killed_anywhere_still_puts_back_what_ran_before(*, done: bool, twice: bool) -> None:
    """A service that has begun is not taken for one that ran the new image before."""
    for cluster, pipeline in _killed_at_each_call(done=done, twice=twice, worker="STOPPED"):
        assert "" != pipeline.run()
        assert {"web": 7, "worker": 7} == cluster.runs
        assert {} == pipeline.records
