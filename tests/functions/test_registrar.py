"""The function before and after the task of a deployment, run as Lambda runs it."""

from __future__ import annotations

import copy
import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from generator import functions
from tests.standins.services import Answer, Services

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:1"
ROLE = "arn:aws:iam::111122223333:role/orders"
FAMILY = "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders-migrate"
LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "/orders/migrate", "awslogs-stream-prefix": "run"}}
TASK: dict[str, Any] = {
    "taskDefinition": {
        "taskDefinitionArn": f"{FAMILY}:7",
        "family": "orders-migrate",
        "revision": 7,
        "status": "ACTIVE",
        "compatibilities": ["EC2", "FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "taskRoleArn": "orders-task",
        "executionRoleArn": f"{ROLE}-execution",
        "containerDefinitions": [
            {"name": "app", "image": "old", "command": ["migrate"], "logConfiguration": LOG},
            {"name": "proxy", "image": "envoy"},
        ],
    },
    "tags": [{"key": "team", "value": "orders"}, {"key": "aws:cloudformation:stack-name", "value": "orders"}],
}
ENDED = {
    "TaskArn": "arn:aws:ecs:eu-west-1:111122223333:task/apps/0123456789abcdef",
    "TaskDefinitionArn": f"{FAMILY}:8",
    "StoppedReason": "Essential container in task exited",
    "Containers": [{"Name": "app", "ExitCode": 0}, {"Name": "proxy", "ExitCode": 137}],
}
ENVIRONMENT = {
    "FAMILY": "orders-migrate",
    "CONTAINER": "app",
    "TASK_ROLE_ARNS": f"{ROLE}-task,{ROLE}-execution",
}


def _services(**answers: Answer) -> Services:
    good: dict[str, Answer] = {
        "ecs.describe_task_definition": lambda _: TASK,
        "ecs.register_task_definition": lambda _: {"taskDefinition": {"taskDefinitionArn": f"{FAMILY}:8"}},
    }
    return Services(good | {name.replace("__", "."): answer for name, answer in answers.items()})


def _run(event: dict[str, Any], services: Services | None = None, **environment: str) -> Any:
    return (services or _services()).run(functions.source("registrar"), event, ENVIRONMENT | environment)


def test_the_newest_revision_gets_the_image() -> None:
    """Everything else is as it was, and ECS takes it as a new revision."""
    services = _services()
    assert {"revision": f"{FAMILY}:8"} == _run({"image": IMAGE}, services)
    calls = dict(services.calls)
    assert "orders-migrate" == calls["ecs.describe_task_definition"]["taskDefinition"]
    request = calls["ecs.register_task_definition"]
    assert [IMAGE, "envoy"] == [each["image"] for each in request["containerDefinitions"]]
    assert ["migrate"] == request["containerDefinitions"][0]["command"]
    assert [{"key": "team", "value": "orders"}] == request["tags"]
    model = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition")
    report = ParamValidator().validate(request, model.input_shape)
    assert not report.has_errors(), report.generate_report()


def _changed(**fields: Any) -> Services:
    task = copy.deepcopy(TASK)
    task["taskDefinition"] |= fields
    return _services(ecs__describe_task_definition=lambda _: task)


@pytest.mark.parametrize(
    ("services", "environment", "says"),
    [
        (_changed(newerThanTheSdk="x"), {}, "fields that this Lambda runtime does not know: .'.newerThanTheSdk"),
        (_changed(taskRoleArn=f"{ROLE}-admin"), {}, "TaskRoleArns lacks .*orders-admin"),
        (_services(), {"CONTAINER": "web"}, "no container web in .*: .'app', 'proxy'"),
        (_services(), {"TASK_ROLE_ARNS": "none"}, "TaskRoleArns lacks orders-task"),
    ],
)
def test_a_task_that_would_run_incompletely_is_not_registered(
    services: Services, environment: dict[str, str], says: str
) -> None:
    """The error says what to correct, and no revision is left."""
    with pytest.raises(ValueError, match=says):
        _run({"image": IMAGE}, services, **environment)
    assert "ecs.register_task_definition" not in dict(services.calls)


def test_the_container_that_matters_decides() -> None:
    """Its exit code is 0: containers that ECS stopped with it do not count."""
    assert "" == _run({"task": ENDED})["failure"]
    assert "" == _run({"task": {"Error": "States.TaskFailed", "Cause": json.dumps(ENDED)}})["failure"]


@pytest.mark.parametrize(
    ("container", "says"),
    [
        ({"ExitCode": 3}, "app of orders-migrate:8 exited with 3 (Essential container in task exited)."),
        ({"ExitCode": 1, "Reason": "OutOfMemory"}, "exited with 1 (OutOfMemory; Essential container in task exited)."),
        ({"Reason": "CannotPullContainerError"}, "did not run (CannotPullContainerError; Essential container"),
    ],
)
def test_a_container_that_fails_is_a_failure(container: dict[str, Any], says: str) -> None:
    """One line with exit code, reason and log."""
    ended = {**ENDED, "Containers": [{"Name": "app", **container}]}
    failure = _run({"task": {"Error": "States.TaskFailed", "Cause": json.dumps(ended)}})["failure"]
    assert says in failure
    assert "\n" not in failure
    assert failure.endswith(f"Log: {_run({'task': ENDED})['log']}")


def test_the_log_is_a_link_to_the_stream_of_the_container() -> None:
    """The console reads names that are encoded twice."""
    link = "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/"
    assert f"{link}$252Forders$252Fmigrate/log-events/run$252Fapp$252F0123456789abcdef" == _run({"task": ENDED})["log"]
    china = {**ENDED, "TaskArn": ENDED["TaskArn"].replace("arn:aws:", "arn:aws-cn:")}  # type: ignore[attr-defined]
    assert "https://console.amazonaws.cn/cloudwatch/home" in _run({"task": china})["log"]


def test_a_container_without_a_log_says_so() -> None:
    """There is nothing to link to."""
    services = _changed(containerDefinitions=[{"name": "app", "image": "old"}])
    assert "app has no awslogs-group and awslogs-stream-prefix" == _run({"task": ENDED}, services)["log"]


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (
            json.dumps({"errorMessage": "no container web", "errorType": "ValueError"}),
            "no container web (orders-migrate)",
        ),
        ("Cluster not found.", "Cluster not found. (orders-migrate)"),
        (json.dumps([{"Reason": "RESOURCE:MEMORY"}]), '[{"Reason": "RESOURCE:MEMORY"}] (orders-migrate)'),
    ],
)
def test_an_error_before_the_task_is_the_failure(cause: str, says: str) -> None:
    """An error of the function before, a refusal of ECS, and tasks that could not be placed."""
    assert {"failure": says, "log": ""} == _run({"task": {"Error": "x", "Cause": cause}})
