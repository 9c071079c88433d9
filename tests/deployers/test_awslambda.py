"""The deployment of an image to one Lambda function: the state machine is run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from generator.deployers.awslambda import CONFIGS, LONGEST_MINUTES, definition
from generator.emulator.runs.states import StateFailedError, run
from tests.conftest import RENDERED
from tests.standins.services import Answer, Services, refuse

DEPLOYER = RENDERED["deployer-lambda"]
NAMES = {"FunctionName": "orders", "AliasName": "live", "Application": "app", "Group": "group", "AWS::Partition": "aws"}
DEFINITION = json.loads(re.sub(r"\$\{([^}]+)\}", lambda found: NAMES[found[1]], json.dumps(definition())))
INPUT = {"stage": "staging", "image": "registry/orders@sha256:1", "digest": "sha256:1"}


def _each(*answers: dict[str, Any]) -> Answer:
    """One answer after the other; the last one is repeated."""
    left = list(answers)
    return lambda _parameters: left.pop(0) if len(left) > 1 else left[0]


def _function(parameters: dict[str, Any]) -> dict[str, Any]:
    if "Qualifier" in parameters:
        return {"State": "Active"}
    return {"LastUpdateStatus": "Successful", "CodeSha256": "hash"}


GOOD: dict[str, Answer] = {
    "lambda.update_function_code": lambda _: {"Version": "$LATEST", "LastUpdateStatus": "InProgress"},
    "lambda.get_function_configuration": _function,
    "lambda.publish_version": lambda _: {"Version": "8", "CodeSha256": "hash"},
    "lambda.get_alias": lambda _: {"FunctionVersion": "7"},
    "codedeploy.create_deployment": lambda _: {"deploymentId": "d-1"},
    "codedeploy.get_deployment": _each(
        *({"deploymentInfo": {"status": status}} for status in ("Created", "InProgress", "Succeeded"))
    ),
}


def _run(**answers: Answer) -> tuple[list[tuple[str, dict[str, Any]]], float]:
    """The calls of one execution, and the seconds of its waits."""
    services, waited = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()}), [0.0]
    run(DEFINITION, INPUT, client=services.client, wait=waited.append)
    return services.calls, sum(waited)


def test_the_digest_becomes_a_version_and_the_alias_shifts_to_it() -> None:
    """The code gets the image by digest; exactly that code is published; CodeDeploy shifts the alias."""
    calls = dict(_run()[0])
    assert {"FunctionName": "orders", "ImageUri": INPUT["image"]} == calls["lambda.update_function_code"]
    assert "hash" == calls["lambda.publish_version"]["CodeSha256"]
    created = calls["codedeploy.create_deployment"]
    assert ("app", "group", "AppSpecContent") == (
        created["applicationName"],
        created["deploymentGroupName"],
        created["revision"]["revisionType"],
    )


def test_the_appspec_has_the_shape_that_codedeploy_documents() -> None:
    """Name, alias, the version now and the version to be; numbers as text, and version 0.0 as a number.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
    """
    content = dict(_run()[0])["codedeploy.create_deployment"]["revision"]["appSpecContent"]["content"]
    assert content.startswith('{"version":0.0,')
    properties = {"Name": "orders", "Alias": "live", "CurrentVersion": "7", "TargetVersion": "8"}
    assert [{"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}] == json.loads(content)[
        "Resources"
    ]


def test_an_image_is_not_deployed_twice() -> None:
    """A retry, and the same digest again, succeed without a deployment."""
    calls, _ = _run(lambda__get_alias=lambda _: {"FunctionVersion": "8"})
    assert "codedeploy.create_deployment" not in dict(calls)


def test_it_waits_until_lambda_and_codedeploy_are_done() -> None:
    """Nothing is published while the code is updated, and no alias shifts to a version that cannot run."""
    looks = _each(
        {"LastUpdateStatus": "InProgress", "CodeSha256": "old"},
        {"LastUpdateStatus": "Successful", "CodeSha256": "hash"},
        {"State": "Pending"},
        {"State": "Active"},
    )
    calls, waited = _run(lambda__get_function_configuration=looks)
    assert 4 == [name for name, _ in calls].count("lambda.get_function_configuration")
    assert 10 <= waited


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            {"lambda__get_function_configuration": lambda _: {"LastUpdateStatus": "Failed", "CodeSha256": "old"}},
            "CodeFailed",
        ),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Stopped"}}}, "ShiftFailed"),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Failed"}}}, "the alias is back"),
        ({"lambda__get_alias": lambda _: {"FunctionVersion": "$LATEST"}}, "point it at a version"),
        ({"lambda__get_alias": refuse("ResourceNotFoundException")}, "ResourceNotFoundException"),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "InProgress"}}}, "States.Timeout"),
    ],
)
def test_a_failure_ends_the_execution_with_its_reason(answers: dict[str, Answer], said: str) -> None:
    """A refused image, a rollback by alarm, an alias that cannot shift, a shift that never ends."""
    with pytest.raises(StateFailedError, match=re.escape(said)):
        _run(**answers)


def test_a_conflict_is_retried() -> None:
    """Lambda refuses an update during another one."""
    left = [refuse("ResourceConflictException"), GOOD["lambda.update_function_code"]]
    calls, _ = _run(
        lambda__update_function_code=lambda given: left.pop(0)(given)  # noqa: PLW0108  another one each time
    )
    assert 2 == [name for name, _ in calls].count("lambda.update_function_code")


def test_a_deployment_is_not_created_twice() -> None:
    """A lost answer is no reason for a retry: CodeDeploy would refuse a second deployment beside the first."""
    services = Services(GOOD | {"codedeploy.create_deployment": refuse("DeploymentLimitExceededException")})
    with pytest.raises(StateFailedError, match="DeploymentLimitExceeded"):
        run(DEFINITION, INPUT, client=services.client, wait=lambda _seconds: None)
    assert 1 == [name for name, _ in services.calls].count("codedeploy.create_deployment")


def test_the_slowest_shift_fits_into_the_time_limit() -> None:
    """Every way to shift ends well before the time limit of the state machine, which is below that of CodePipeline."""
    minutes = [
        re.fullmatch(r"Lambda(Canary10Percent(\d+)|Linear10PercentEvery(\d+))Minutes?", name) for name in CONFIGS
    ]
    longest = max(int(found[2]) if found[2] else 10 * int(found[3]) for found in minutes if found)
    assert longest + 10 <= LONGEST_MINUTES < 60


def test_each_role_is_for_this_function() -> None:
    """The statements of both roles for Lambda name the function."""
    for role in ("DeployRole", "ShiftRole"):
        for statement in DEPLOYER["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            if any("lambda:" in action for action in statement["Action"]):
                assert all("${FunctionName}" in resource["Fn::Sub"] for resource in statement["Resource"])


def test_an_alias_has_a_name() -> None:
    """A number would be a version, and $LATEST is no alias."""
    pattern = DEPLOYER["Parameters"]["AliasName"]["AllowedPattern"]
    assert re.fullmatch(pattern, "live")
    assert not any(re.fullmatch(pattern, name) for name in ("", "7", "$LATEST"))
