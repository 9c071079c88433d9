"""The function that makes taskdef.json and appspec.yaml, run as Lambda runs it."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator

from generator import functions
from tests.standins.services import Answer, Services, refuse

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:1"
REVISION = "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:7"
ROLE = "arn:aws:iam::111122223333:role/orders"
TASKS: dict[str, Any] = {
    "taskDefinition": {
        "taskDefinitionArn": REVISION,
        "family": "orders",
        "revision": 7,
        "status": "ACTIVE",
        "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.ecr-auth"}],
        "compatibilities": ["EC2", "FARGATE"],
        "registeredAt": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
        "registeredBy": "arn:aws:iam::111122223333:role/x",
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "taskRoleArn": "orders-task",
        "executionRoleArn": f"{ROLE}-execution",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "old",
                "environment": [{"name": "image", "value": "<b>"}],
                "dockerLabels": {"A": "b"},
            },
            {"name": "worker", "image": "old"},
            {"name": "proxy", "image": "envoy"},
        ],
    },
    "tags": [{"key": "team", "value": "orders"}, {"key": "aws:cloudformation:stack-name", "value": "orders"}],
}
SERVICE = {
    "serviceName": "orders",
    "status": "ACTIVE",
    "taskSets": [
        {"status": "ACTIVE", "taskDefinition": "arn:other"},
        {
            "status": "PRIMARY",
            "taskDefinition": REVISION,
            "platformVersion": "1.4.0",
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}],
            "loadBalancers": [{"targetGroupArn": "arn:blue", "containerName": "app", "containerPort": 8080}],
        },
    ],
}
JOB = {
    "id": "job-1",
    "data": {
        "actionConfiguration": {
            "configuration": {"FunctionName": "reviser", "UserParameters": json.dumps({"image": IMAGE})}
        },
        "artifactCredentials": {"accessKeyId": "AKIA", "secretAccessKey": "secret", "sessionToken": "token"},
        "encryptionKey": {"id": "arn:aws:kms:eu-west-1:111122223333:key/1", "type": "KMS"},
        "outputArtifacts": [
            {
                "name": "StagingRevision",
                "location": {"s3Location": {"bucketName": "artifacts", "objectKey": "run/revision"}},
            }
        ],
    },
}
GOOD: dict[str, Answer] = {
    "codepipeline.put_job_success_result": lambda _: {},
    "codepipeline.put_job_failure_result": lambda _: {},
    "ecs.describe_services": lambda _: {"services": [SERVICE]},
    "ecs.describe_task_definition": lambda _: TASKS,
    "s3.put_object": lambda _: {},
}


ENVIRONMENT = {
    "SERVICE": "apps/orders",
    "CONTAINERS": "app,worker",
    "HOOKS": "",
    "TASK_ROLE_ARNS": f"{ROLE}-task,{ROLE}-execution",
    "REVISION": "running",
}


def _run(environment: Mapping[str, str] = ENVIRONMENT, **answers: Answer) -> Services:
    services = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()})
    services.run(functions.source("reviser"), {"CodePipeline.job": JOB}, environment)
    return services


def _verified(image: str) -> Services:
    """A run that verifies that the image runs, where the containers `app` and `worker` run the image `old`."""
    configuration = {"configuration": {"FunctionName": "reviser", "UserParameters": json.dumps({"runs": image})}}
    services = Services(GOOD)
    job = {"id": "job-1", "data": {"actionConfiguration": configuration}}
    services.run(functions.source("reviser"), {"CodePipeline.job": job}, ENVIRONMENT)
    return services


def _files(services: Services) -> dict[str, str]:
    (body,) = (call["Body"] for name, call in services.calls if name == "s3.put_object")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_task_definition_is_the_one_that_runs_with_the_place_of_the_image_left_open() -> None:
    """Every named container waits for the image, everything else is as it was, and ECS takes it as a new revision."""
    taskdef = json.loads(_files(_run())["taskdef.json"])
    assert ["<IMAGE>", "<IMAGE>", "envoy"] == [each["image"] for each in taskdef["containerDefinitions"]]
    assert {"A": "b"} == taskdef["containerDefinitions"][0]["dockerLabels"]
    assert [{"key": "team", "value": "orders"}] == taskdef["tags"]
    model = (
        botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
    )
    report = ParamValidator().validate(taskdef, model)
    assert not report.has_errors(), report.generate_report()


def test_the_running_revision_is_that_of_the_primary_task_set() -> None:
    """A deployment that is under way is not copied."""
    calls = dict(_run().calls)
    assert {"cluster": "apps", "services": ["orders"]} == calls["ecs.describe_services"]
    assert REVISION == calls["ecs.describe_task_definition"]["taskDefinition"]


def test_the_owner_of_the_service_can_change_more_than_the_image() -> None:
    """With `newest` the newest revision of the family is copied: ECS finds the newest active one by the name alone.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
    """
    calls = dict(_run({**ENVIRONMENT, "REVISION": "newest"}).calls)
    assert "orders" == calls["ecs.describe_task_definition"]["taskDefinition"]


def test_the_running_image_of_the_service_is_verified() -> None:
    """Every container that gets the image has it in the primary task set; nothing is written."""
    services = _verified("old")
    assert REVISION == dict(services.calls)["ecs.describe_task_definition"]["taskDefinition"]
    assert "codepipeline.put_job_success_result" == services.calls[-1][0]
    assert "s3.put_object" not in dict(services.calls)


def test_a_service_that_runs_another_image_is_refused() -> None:
    """CodeDeploy or a person may have restored the old tasks: the message shows the image of each container."""
    assert f"apps/orders runs old in app, not {IMAGE}" in _failure(_verified(IMAGE))


def test_the_appspec_has_the_shape_that_codedeploy_documents() -> None:
    """Container and port are those of the load balancer; where tasks run stays; the task definition is left open.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
    """
    text = _files(_run({**ENVIRONMENT, "HOOKS": "AfterAllowTestTraffic=smoke-test,AfterAllowTraffic=tell"}))[
        "appspec.yaml"
    ]
    properties = {
        "TaskDefinition": "<TASK_DEFINITION>",
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        "PlatformVersion": "1.4.0",
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1, "Base": 0}],
    }
    assert {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
        "Hooks": [{"AfterAllowTestTraffic": "smoke-test"}, {"AfterAllowTraffic": "tell"}],
    } == yaml.safe_load(text)
    assert '"version": 0.0' in text
    assert "Hooks" not in yaml.safe_load(_files(_run())["appspec.yaml"])


def test_the_image_is_the_requested_one() -> None:
    """The one key that CodeDeployToECS reads of imageDetail.json.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    assert {"ImageURI": IMAGE} == json.loads(_files(_run())["imageDetail.json"])


def test_files_are_written_with_the_credentials_of_the_pipeline() -> None:
    """The function has no access to the bucket of its own: the job brings credentials, place and key."""
    services = _run()
    assert "secret" == services.credentials["s3"]["aws_secret_access_key"]
    put = dict(services.calls)["s3.put_object"]
    assert ("artifacts", "run/revision", "aws:kms") == (put["Bucket"], put["Key"], put["ServerSideEncryption"])
    assert JOB["data"]["encryptionKey"]["id"] == put["SSEKMSKeyId"]  # type: ignore[index]  # a literal of dicts
    assert "codepipeline.put_job_success_result" == services.calls[-1][0]


def _service(**settings: object) -> Answer:
    return lambda _: {"services": [{"status": "ACTIVE", **settings}]}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refuse("ClusterNotFoundException"), "ClusterNotFoundException"),
        (lambda _: {"services": []}, "there is no service apps/orders"),
        (_service(status="INACTIVE"), "there is no service apps/orders"),
        (_service(), "apps/orders has no task set"),
        (_service(taskSets=[{"status": "ACTIVE"}]), "apps/orders has no task set"),
        (_service(taskSets=[{"status": "PRIMARY", "loadBalancers": []}]), "must have one load balancer target group"),
    ],
)
def test_a_service_that_cannot_be_deployed_to_fails_the_action(answer: Answer, message: str) -> None:
    """The action fails at once and says why; no file is left for the action after it."""
    assert message in _failure(_run(ecs__describe_services=answer))


def test_a_container_that_does_not_exist_is_named() -> None:
    """The message says which containers there are."""
    message = _failure(_run({**ENVIRONMENT, "CONTAINERS": "app,sidecar"}))
    assert f"no container sidecar in {REVISION}: app, worker, proxy" in message


@pytest.mark.parametrize("role", [f"{ROLE}-other", "orders-other", f"{ROLE.replace('orders', 'path/orders')}-other"])
@pytest.mark.parametrize("field", ["taskRoleArn", "executionRoleArn"])
def test_a_role_that_codedeploy_may_not_pass_is_named(field: str, role: str) -> None:
    """CodeDeploy would fail later with a message about its permissions that does not name the role."""
    assert f"TaskRoleArns of the deployer lacks {role} of {REVISION}" in _failure(_changed(**{field: role}))


def test_tasks_need_no_role() -> None:
    """Tasks on EC2 may have neither a task role nor an execution role, and ECS may send them as null."""
    taskdef = json.loads(_files(_changed(taskRoleArn=None, executionRoleArn=None))["taskdef.json"])
    assert set() == {"taskRoleArn", "executionRoleArn"} & taskdef.keys()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"gravity": "low"}, ".gravity"),
        ({"gravity": {"kind": {"unit": "g"}}}, ".gravity.kind.unit"),
        ({"volumes": [{"name": "a"}, {"name": "b", "orbit": {"height": 400}}]}, ".volumes.orbit.height"),
        ({"volumes": [{"name": "a", "orbit": False}]}, ".volumes.orbit"),
    ],
)
def test_fields_that_are_newer_than_the_sdk_are_refused(change: dict[str, Any], names: str) -> None:
    """The SDK drops unknown fields, and the new tasks would lack them: the message names the fields."""
    assert f"this Lambda runtime does not know: ['{names}']" in _failure(_changed(**change))


def test_fields_without_a_value_are_ignored() -> None:
    """A field that ECS sends as null or as an empty list sets nothing."""
    assert "taskdef.json" in _files(_changed(gravity=None, orbits=[]))


def _changed(**fields: object) -> Services:
    """A run for a task definition with these fields."""
    return _run(ecs__describe_task_definition=lambda _: {"taskDefinition": {**TASKS["taskDefinition"], **fields}})


def _failure(services: Services) -> str:
    """The message of the action, which has failed and has written nothing."""
    name, call = services.calls[-1]
    assert "codepipeline.put_job_failure_result" == name
    assert "s3.put_object" not in dict(services.calls)
    return str(call["failureDetails"]["message"])
