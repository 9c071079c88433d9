"""The function that makes taskdef.json and appspec.yaml, run as Lambda runs it."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator

from generator import functions
from tests.standins.services import Answer, Services, refuse

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:1"
REVISION = "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:7"
TASKS = {
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
        "executionRoleArn": "arn:aws:iam::111122223333:role/orders-execution",
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


def _run(containers: str = "app,worker", hooks: str = "", **answers: Answer) -> Services:
    services = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()})
    environment = {"SERVICE": "apps/orders", "CONTAINERS": containers, "HOOKS": hooks}
    services.run(functions.source("reviser"), {"CodePipeline.job": JOB}, environment)
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


def test_what_runs_is_what_the_primary_task_set_runs() -> None:
    """A deployment that is under way is not copied."""
    calls = dict(_run().calls)
    assert {"cluster": "apps", "services": ["orders"]} == calls["ecs.describe_services"]
    assert REVISION == calls["ecs.describe_task_definition"]["taskDefinition"]


def test_the_appspec_has_the_shape_that_codedeploy_documents() -> None:
    """Container and port are those of the load balancer; where tasks run stays; the task definition is left open.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
    """
    text = _files(_run(hooks="AfterAllowTestTraffic=smoke-test,AfterAllowTraffic=tell"))["appspec.yaml"]
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


def test_the_image_is_the_one_that_was_asked_for() -> None:
    """The one key that CodeDeployToECS reads of imageDetail.json.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    assert {"ImageURI": IMAGE} == json.loads(_files(_run())["imageDetail.json"])


def test_files_are_written_with_what_the_pipeline_lends() -> None:
    """The function has no access to the bucket of its own: the job brings credentials, place and key."""
    services = _run()
    assert "secret" == services.credentials["s3"]["aws_secret_access_key"]
    put = dict(services.calls)["s3.put_object"]
    assert ("artifacts", "run/revision", "aws:kms") == (put["Bucket"], put["Key"], put["ServerSideEncryption"])
    assert JOB["data"]["encryptionKey"]["id"] == put["SSEKMSKeyId"]  # type: ignore[index]  # a literal of dicts
    assert "codepipeline.put_job_success_result" == services.calls[-1][0]


@pytest.mark.parametrize(
    ("containers", "answers", "said"),
    [
        ("app,sidecar", {}, f"no container sidecar in {REVISION}: app, worker, proxy"),
        ("app", {"ecs__describe_services": refuse("ClusterNotFoundException")}, "ClusterNotFoundException"),
        ("app", {"ecs__describe_services": lambda _: {"services": []}}, "there is no service apps/orders"),
        (
            "app",
            {"ecs__describe_services": lambda _: {"services": [{"status": "ACTIVE"}]}},
            "apps/orders runs no task set",
        ),
        (
            "app",
            {
                "ecs__describe_services": lambda _: {
                    "services": [{"status": "ACTIVE", "taskSets": [{"status": "PRIMARY", "loadBalancers": []}]}]
                }
            },
            "has to stand behind one target group",
        ),
    ],
)
def test_a_failure_fails_the_action_and_writes_nothing(containers: str, answers: dict[str, Any], said: str) -> None:
    """The action fails at once and says why; no half-made file is left for the action after it."""
    services = _run(containers, **answers)
    name, call = services.calls[-1]
    assert "codepipeline.put_job_failure_result" == name
    assert said in call["failureDetails"]["message"]
    assert "s3.put_object" not in dict(services.calls)
