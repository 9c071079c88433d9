"""The state machine that deploys an image to one Lambda function, run with answers of AWS."""

from __future__ import annotations

import json
import re
from typing import Any

import botocore.session
import pytest

from generator.deployers.awslambda import CONFIGS
from generator.deployers.awslambda_machine import (
    FUNCTION_STATES,
    LONGEST_MINUTES,
    SHIFT_STATES,
    UPDATE_STATES,
    VERSION_STATES,
    Statuses,
)
from generator.emulator.runs.state_machine_run import StateFailedError, run
from tests.conftest import WITH_CONDITIONS
from tests.resolved import resolved
from tests.standins.services import Answer, Services, refuse

APPROVED, OTHER = (f"sha256:{letter * 64}" for letter in "ab")
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
INPUT = {
    "stage": "staging",
    "image": f"{REPOSITORY}@{APPROVED}",
    "digest": APPROVED,
    "platforms": "linux/amd64",
}


def _definition(**parameters: str) -> Any:
    """The definition as Step Functions gets it from a stack with these parameters."""
    given = {"FunctionName": "orders", "AliasName": "live", **parameters}
    machine = resolved(WITH_CONDITIONS["deployer-lambda"], **given)["Deployer"]
    return json.loads(machine["DefinitionString"].replace("${Hooks}", machine["DefinitionSubstitutions"]["Hooks"]))


def _each(*answers: dict[str, Any]) -> Answer:
    """One answer after the other; the last one is repeated."""
    left = list(answers)
    return lambda _parameters: left.pop(0) if len(left) > 1 else left[0]


def function(digest: str = APPROVED, **configuration: Any) -> dict[str, Any]:
    """An answer of GetFunction."""
    settings = {
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "CodeSha256": f"hash of {digest}",
        "RevisionId": f"revision with {digest}",
        "Architectures": ["x86_64"],
        "Environment": {"Variables": {"PASSWORD": "secret"}},
    }
    code = {"RepositoryType": "ECR", "ImageUri": INPUT["image"], "ResolvedImageUri": f"{REPOSITORY}@{digest}"}
    return {"Configuration": settings | configuration, "Code": code}


GOOD: dict[str, Answer] = {
    "lambda.get_function": lambda _: function(),
    "lambda.update_function_code": lambda _: {"Version": "$LATEST", "LastUpdateStatus": "InProgress"},
    "lambda.publish_version": lambda _: {"Version": "8"},
    "lambda.get_alias": lambda _: {"FunctionVersion": "7"},
    "codedeploy.create_deployment": lambda _: {"deploymentId": "d-1"},
    "codedeploy.get_deployment": _each(
        *({"deploymentInfo": {"status": status}} for status in ("Created", "InProgress", "Succeeded"))
    ),
}
Calls = list[tuple[str, dict[str, Any]]]


def _run(definition: Any = None, given: dict[str, str] | None = None, **answers: Answer) -> tuple[Calls, float]:
    """The calls of one execution, and the seconds of its waits."""
    services, waited = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()}), [0.0]
    run(definition or _definition(), {**INPUT, **(given or {})}, client=services.client, wait=waited.append)
    return services.calls, sum(waited)


def _failed(said: str, /, platforms: str = "linux/amd64", **answers: Answer) -> list[str]:
    """The calls of an execution that fails with this text."""
    services = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()})
    with pytest.raises(StateFailedError, match=re.escape(said)):
        run(_definition(), {**INPUT, "platforms": platforms}, client=services.client, wait=lambda _seconds: None)
    return [name for name, _ in services.calls]


def _of(qualifier: str, answer: dict[str, Any]) -> Answer:
    """GetFunction gives this answer for a qualifier, such as a version; $LATEST without one."""
    return lambda given: answer if given.get("Qualifier", "$LATEST") == qualifier else function()


def test_the_digest_becomes_a_version_and_the_alias_shifts_to_it() -> None:
    """The code gets the image by digest; exactly that code is published; CodeDeploy shifts the alias."""
    calls = dict(_run()[0])
    assert {"FunctionName": "orders", "ImageUri": INPUT["image"], "Architectures": ["x86_64"]} == (
        calls["lambda.update_function_code"]
    )
    published = calls["lambda.publish_version"]
    assert (f"hash of {APPROVED}", f"revision with {APPROVED}") == (published["CodeSha256"], published["RevisionId"])
    created = calls["codedeploy.create_deployment"]
    assert ("Application", "Group", "AppSpecContent") == (
        created["applicationName"],
        created["deploymentGroupName"],
        created["revision"]["revisionType"],
    )


def _appspec(**parameters: str) -> str:
    calls = dict(_run(_definition(**parameters))[0])
    return str(calls["codedeploy.create_deployment"]["revision"]["appSpecContent"]["content"])


def test_the_appspec_has_the_shape_that_codedeploy_documents() -> None:
    """Name, alias, the version now and the version to be; numbers as text, and version 0.0 as a number.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
    """
    content = _appspec()
    assert content.startswith('{"version":0.0,')
    properties = {"Name": "orders", "Alias": "live", "CurrentVersion": "7", "TargetVersion": "8"}
    resources = [{"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}]
    assert {"version": 0.0, "Resources": resources} == json.loads(content)


@pytest.mark.parametrize(
    ("parameters", "hooks"),
    [
        ({"BeforeAllowTrafficHook": "smoke"}, [{"BeforeAllowTraffic": "smoke"}]),
        ({"AfterAllowTrafficHook": "warm_up"}, [{"AfterAllowTraffic": "warm_up"}]),
        (
            {"AfterAllowTrafficHook": "b", "BeforeAllowTrafficHook": "a"},
            [{"BeforeAllowTraffic": "a"}, {"AfterAllowTraffic": "b"}],
        ),
    ],
)
def test_the_appspec_names_the_hooks(parameters: dict[str, str], hooks: list[dict[str, str]]) -> None:
    """Each hook that has a function is in the AppSpec file.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
    """
    assert hooks == json.loads(_appspec(**parameters))["Hooks"]


def test_an_image_is_not_deployed_twice() -> None:
    """A retry, and the same digest again, succeed without a deployment, even if the version is idle."""
    calls, _ = _run(
        lambda__get_alias=lambda _: {"FunctionVersion": "8"}, lambda__get_function=_of("8", function(State="Inactive"))
    )
    assert "codedeploy.create_deployment" not in dict(calls)


def test_it_waits_until_lambda_and_codedeploy_are_done() -> None:
    """Nothing is updated or published while Lambda refuses it, and no alias shifts to a version that cannot run."""
    looks = _each(
        function(State="Pending"),
        function(),
        function(OTHER, LastUpdateStatus="InProgress"),
        function(),
        function(State="Pending"),
        function(),
        function(State="Pending"),
        function(),
    )
    calls, waited = _run(lambda__get_function=looks)
    names = [name.rpartition(".")[2] for name, _ in calls if name.startswith("lambda.")]
    look = "get_function"
    assert [
        *(look, look, "update_function_code", look, look, look, look, "publish_version", "get_alias"),
        *(look, look, look),
    ] == names
    assert 20 <= waited


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("State", FUNCTION_STATES),
        ("State", VERSION_STATES),
        ("LastUpdateStatus", UPDATE_STATES),
        ("DeploymentStatus", SHIFT_STATES),
    ],
)
def test_every_status_of_the_service_model_is_known(operation: str, statuses: Statuses) -> None:
    """Each status that AWS lists is good, bad, or one to wait for."""
    service = "codedeploy" if operation == "DeploymentStatus" else "lambda"
    listed = botocore.session.get_session().get_service_model(service).shape_for(operation).enum
    assert sorted(listed) == sorted(status for group in statuses for status in group)


@pytest.mark.parametrize("state", FUNCTION_STATES.bad)
def test_a_function_that_cannot_be_updated_is_left_alone(state: str) -> None:
    """The execution ends at once, says the state, and has changed nothing."""
    calls = _failed(f"The function is {state} and cannot be", lambda__get_function=lambda _: function(State=state))
    assert ["lambda.get_function"] == calls


@pytest.mark.parametrize("state", ["Inactive", "ActiveNonInvocable"])
def test_a_function_that_is_idle_is_updated(state: str) -> None:
    """An update takes it out of Inactive; $LATEST of a managed instance cannot be invoked at all."""
    calls, _ = _run(lambda__get_function=_of("$LATEST", function(State=state)))
    assert "codedeploy.create_deployment" in dict(calls)


@pytest.mark.parametrize("state", VERSION_STATES.bad)
def test_no_traffic_goes_to_a_version_that_cannot_run(state: str) -> None:
    """The execution ends at once, says the state, and has not shifted the alias."""
    said = f"The new version is {state} and cannot serve calls"
    calls = _failed(said, lambda__get_function=_of("8", function(State=state)))
    assert "codedeploy.create_deployment" not in calls


@pytest.mark.parametrize(
    ("architecture", "platform", "right"),
    [
        ("x86_64", "linux/amd64", True),
        ("arm64", "linux/arm64", True),
        ("arm64", "linux/arm64/v8", True),
        ("x86_64", "linux/arm64", False),
        ("arm64", "linux/amd64", False),
        ("x86_64", "linux/386", False),
    ],
)
def test_the_image_is_for_the_architecture_of_the_function(architecture: str, platform: str, right: bool) -> None:  # noqa: FBT001  a column of the table
    """Lambda itself would take the image, and fail when the function is called."""
    answer: Answer = lambda _: function(Architectures=[architecture])  # noqa: E731  an answer is a function
    if right:
        calls, _ = _run(given={"platforms": platform}, lambda__get_function=answer)
        assert [architecture] == dict(calls)["lambda.update_function_code"]["Architectures"]
    else:
        said = f"The image is for {platform} and the function for {architecture}"
        assert ["lambda.get_function"] == _failed(said, platform, lambda__get_function=answer)


def test_only_the_approved_digest_is_published() -> None:
    """If somebody else updates the function in between, the execution fails and publishes nothing."""
    answers = _each(function(), function(), function(OTHER))
    calls = _failed(
        f"The code of the function is {OTHER} and not the approved {APPROVED}", lambda__get_function=answers
    )
    assert "lambda.publish_version" not in calls


def test_an_update_after_the_comparison_is_refused_by_lambda() -> None:
    """The hash that Lambda compares comes from the same answer as the digest."""
    calls = _failed("InvalidParameterValueException", lambda__publish_version=refuse("InvalidParameterValueException"))
    assert "codedeploy.create_deployment" not in calls


def test_a_change_of_the_configuration_is_refused_by_lambda() -> None:
    """The revision that Lambda compares comes from the same answer as the digest: nothing changes in between."""
    calls = _failed("PreconditionFailedException", lambda__publish_version=refuse("PreconditionFailedException"))
    assert "codedeploy.create_deployment" not in calls


@pytest.mark.parametrize("version", ["7", "8"])
def test_an_alias_with_weights_is_left_alone(version: str) -> None:
    """It gives calls to another version as well, whether or not it names the new one already."""
    divided = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": {"3": 0.5}}}
    calls = _failed(
        'by their weights: {"3":0.5}. Wait for the deployment that shifts it. If there is none, reset it, then retry '
        "the stage: aws lambda update-alias --function-name orders --name live --routing-config "
        "AdditionalVersionWeights={}",
        lambda__get_alias=lambda _: divided,
    )
    assert "codedeploy.create_deployment" not in calls


def test_an_alias_whose_weights_were_reset_shifts() -> None:
    """Lambda then answers with weights that are empty."""
    undivided = {"FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": {}}}
    assert "codedeploy.create_deployment" in dict(_run(lambda__get_alias=lambda _: undivided)[0])


def test_the_alias_has_the_approved_digest_in_the_end() -> None:
    """If CodeDeploy succeeds and callers still get another image, the execution fails: nothing is recorded."""
    said = f"The alias has the image {OTHER} and not the approved {APPROVED}"
    _failed(said, lambda__get_function=_of("live", function(OTHER)))


def test_the_environment_of_the_function_is_passed_to_no_state() -> None:
    """No state passes it on to another state, call or message."""
    passed = json.dumps([parameters for _, parameters in _run()[0]])
    assert "secret" not in passed
    selected = [state.get("ResultSelector") for state in _definition()["States"].values() if state["Type"] == "Task"]
    assert None not in selected


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            {"lambda__get_function": _each(function(), function(LastUpdateStatus="Failed"))},
            "The update of the code is Failed",
        ),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Stopped"}}}, "ShiftFailed"),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Failed"}}}, "the alias is restored"),
        ({"lambda__get_alias": lambda _: {"FunctionVersion": "$LATEST"}}, "point it at a version"),
        ({"lambda__get_alias": refuse("ResourceNotFoundException")}, "ResourceNotFoundException"),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "InProgress"}}}, "States.Timeout"),
    ],
)
def test_a_failure_ends_the_execution_with_its_reason(answers: dict[str, Answer], said: str) -> None:
    """A refused image, a rollback by alarm, an alias that cannot shift, a shift that never ends."""
    _failed(said, "linux/amd64", **answers)


def test_a_conflict_is_retried() -> None:
    """Lambda refuses an update during another one."""
    left = [refuse("ResourceConflictException"), GOOD["lambda.update_function_code"]]
    calls, _ = _run(
        lambda__update_function_code=lambda given: left.pop(0)(given)  # noqa: PLW0108  another one each time
    )
    assert 2 == [name for name, _ in calls].count("lambda.update_function_code")


def test_a_deployment_is_not_created_twice() -> None:
    """A lost answer is no reason for a retry: CodeDeploy would refuse a second deployment during the first."""
    services = Services(GOOD | {"codedeploy.create_deployment": refuse("DeploymentLimitExceededException")})
    with pytest.raises(StateFailedError, match="DeploymentLimitExceeded"):
        run(_definition(), INPUT, client=services.client, wait=lambda _seconds: None)
    assert 1 == [name for name, _ in services.calls].count("codedeploy.create_deployment")


def test_the_slowest_shift_fits_into_the_time_limit() -> None:
    """Every way to shift ends well before the time limit of the state machine, which is below that of CodePipeline."""
    minutes = [
        re.fullmatch(r"Lambda(Canary10Percent(\d+)|Linear10PercentEvery(\d+))Minutes?", name) for name in CONFIGS
    ]
    longest = max(int(found[2]) if found[2] else 10 * int(found[3]) for found in minutes if found)
    assert longest + 10 <= LONGEST_MINUTES < 60
