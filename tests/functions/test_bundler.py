"""The function that writes revisions for instances and verifies deployments, run as Lambda runs it."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from generator import functions
from tests.standins.services import Answer, Services

REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
IMAGE = f"{REPOSITORY}@sha256:{'1' * 64}"
KEY = "orders/staging/a1B2c3D"
ENVIRONMENT = {
    "APPLICATION": "app",
    "GROUP": "group",
    "PREFIX": "orders/staging/",
    "REPOSITORY_NAME": "team/orders",
    "CONTAINER": "orders",
    "DOCKER_OPTIONS": "--publish=80:8080 --init",
    "HEALTH_URL": "",
    "HEALTH_SECONDS": "120",
}
CODE = functions.with_inserts(functions.source("bundler"), {"Script": "#!/bin/bash\necho deploy"})
NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.timezone.utc)


def _deployment(name: str, minutes: int, *, key: str = KEY, **more: Any) -> dict[str, Any]:
    """A deployment that was created this many minutes after noon, and succeeded on two instances."""
    return {
        "deploymentId": name,
        "status": "Succeeded",
        "creator": "user",
        "createTime": NOW + datetime.timedelta(minutes=minutes),
        "revision": {"revisionType": "S3", "s3Location": {"bucket": "artifacts", "key": key, "bundleType": "zip"}},
        "deploymentOverview": {"Pending": 0, "Succeeded": 2, "Failed": 0, "Skipped": 0},
        **more,
    }


def _job(facts: Mapping[str, str], key: str) -> dict[str, Any]:
    place = [{"name": "staging", "location": {"s3Location": {"bucketName": "artifacts", "objectKey": key}}}]
    return {
        "id": "job-1",
        "data": {
            "actionConfiguration": {"configuration": {"UserParameters": json.dumps(facts)}},
            "artifactCredentials": {"accessKeyId": "AKIA", "secretAccessKey": "secret", "sessionToken": "token"},
            "encryptionKey": {"id": "key-1", "type": "KMS"},
            "inputArtifacts" if "runs" in facts else "outputArtifacts": place,
        },
    }


def _run(facts: Mapping[str, str], *deployments: dict[str, Any], key: str = KEY) -> Services:
    known = {each["deploymentId"]: each for each in deployments}
    answers: dict[str, Answer] = {
        "codepipeline.put_job_success_result": lambda _: {},
        "codepipeline.put_job_failure_result": lambda _: {},
        "codedeploy.list_deployments": lambda _: {"deployments": list(known)},
        "codedeploy.batch_get_deployments": lambda asked: {
            "deploymentsInfo": [known[each] for each in asked["deploymentIds"]]
        },
        "codedeploy.create_deployment": lambda _: {"deploymentId": "d-BACK"},
        "s3.put_object": lambda _: {},
    }
    services = Services(answers)
    services.run(CODE, {"CodePipeline.job": _job(facts, key)}, ENVIRONMENT)
    return services


def _failure(services: Services) -> str:
    return str(dict(services.calls)["codepipeline.put_job_failure_result"]["failureDetails"]["message"])


def _archive(services: Services) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(dict(services.calls)["s3.put_object"]["Body"]))


def test_the_revision_has_the_image_by_digest_and_the_script_of_each_event() -> None:
    """CodeDeploy's agent finds the AppSpec file as YAML, with a version that is a number, and an executable script."""
    archive = _archive(_run({"image": IMAGE}))
    appspec = yaml.safe_load(archive.read("appspec.yml"))
    assert (0.0, "linux") == (appspec["version"], appspec["os"])
    assert ["BeforeInstall", "ApplicationStart", "ValidateService"] == list(appspec["hooks"])
    [hook] = appspec["hooks"]["ApplicationStart"]
    assert {"location": "deploy.sh", "runas": "root"} == hook
    assert archive.getinfo("deploy.sh").external_attr >> 16 & 0o111
    assert archive.read("deploy.sh").startswith(b"#!/bin/bash\n")
    assert IMAGE == archive.read("image").decode()
    assert ["--publish=80:8080", "--init"] == archive.read("options").decode().splitlines()


def test_no_script_runs_at_application_stop() -> None:
    """At that event CodeDeploy runs the scripts of the revision before: a broken one could never be replaced.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-deployments.html
    """
    assert "ApplicationStop" not in _archive(_run({"image": IMAGE})).read("appspec.yml").decode()


@pytest.mark.parametrize(
    ("image", "key", "said"),
    [
        (f"{REPOSITORY}-x@sha256:1", KEY, "the deployer is for team/orders, not team/orders-x: check RepositoryName"),
        (IMAGE, "orders/production/a", "is for orders/staging/, not orders/production/a: check PipelineName and Stage"),
        (IMAGE, "others/staging/a", "is for orders/staging/, not others/staging/a: check PipelineName and Stage"),
    ],
)
def test_a_deployer_of_something_else_is_refused_at_once(image: str, key: str, said: str) -> None:
    """Instances could neither pull that image nor read that revision: nothing is written."""
    services = _run({"image": image}, key=key)
    assert said in _failure(services)
    assert "s3.put_object" not in dict(services.calls)


def test_a_deployment_that_each_instance_has_is_verified() -> None:
    """Its id and the number of instances become variables. Rollbacks and launches of the revision do not count."""
    others = [_deployment("d-2", 2, creator="autoscaling"), _deployment("d-3", 3, creator="codeDeployRollback")]
    result = dict(_run({"runs": IMAGE}, _deployment("d-1", 1), *others).calls)["codepipeline.put_job_success_result"]
    assert {"DEPLOYMENT_ID": "d-1", "INSTANCES": "2"} == result["outputVariables"]


def test_the_last_of_several_deployments_of_a_revision_counts() -> None:
    """A stage that was retried has several, in whatever order CodeDeploy lists them."""
    failed = _deployment("d-1", 1, status="Failed")
    result = dict(_run({"runs": IMAGE}, _deployment("d-2", 2), failed).calls)
    assert "d-2" == result["codepipeline.put_job_success_result"]["outputVariables"]["DEPLOYMENT_ID"]


@pytest.mark.parametrize(
    "counts", [{"Succeeded": 1, "Failed": 1}, {"Succeeded": 1, "Skipped": 1}, {"Succeeded": 0}, {}]
)
def test_a_deployment_that_some_instances_lack_is_rolled_back(counts: dict[str, int]) -> None:
    """The revision before it that each instance had is deployed: not one that some lacked, and not a later one."""
    earlier = [
        _deployment("d-1", 1, key="orders/staging/good"),
        _deployment("d-2", 2, key="orders/staging/partly", deploymentOverview={"Succeeded": 1, "Failed": 1}),
        _deployment("d-3", 3, key="orders/staging/bad", status="Failed"),
    ]
    services = _run({"runs": IMAGE}, *earlier, _deployment("d-4", 4, deploymentOverview=counts))
    assert "deployment d-4 is Succeeded with" in _failure(services)
    assert "Deployment d-BACK deploys the last revision that each instance had" in _failure(services)
    made = dict(services.calls)["codedeploy.create_deployment"]
    assert ("app", "group", "orders/staging/good") == (
        made["applicationName"],
        made["deploymentGroupName"],
        made["revision"]["s3Location"]["key"],
    )


def test_a_first_deployment_has_nothing_to_roll_back_to() -> None:
    """Nothing is deployed, and the message explains it."""
    services = _run({"runs": IMAGE}, _deployment("d-1", 1, deploymentOverview={"Succeeded": 1, "Failed": 1}))
    assert "There is no earlier revision to roll back to" in _failure(services)
    assert "codedeploy.create_deployment" not in dict(services.calls)


def test_a_deployment_that_failed_is_left_to_codedeploy() -> None:
    """A second rollback would get into the way of its own."""
    services = _run({"runs": IMAGE}, _deployment("d-1", 1, key="x"), _deployment("d-2", 2, status="Failed"))
    assert "CodeDeploy rolls back by itself" in _failure(services)
    assert "codedeploy.create_deployment" not in dict(services.calls)


def test_a_revision_without_a_deployment_is_an_error() -> None:
    """The record must not name it."""
    assert f"CodeDeploy has no deployment of {KEY}" in _failure(_run({"runs": IMAGE}, _deployment("d-1", 1, key="x")))


def test_many_deployments_are_read_in_batches() -> None:
    """CodeDeploy describes 25 at a time, and a group that scales has many."""
    many = [_deployment(f"d-{number}", number, key="x", creator="autoscaling") for number in range(60)]
    services = _run({"runs": IMAGE}, *many, _deployment("d-60", 60))
    sizes = [
        len(asked["deploymentIds"]) for name, asked in services.calls if name == "codedeploy.batch_get_deployments"
    ]
    assert [25, 25, 11] == sizes
