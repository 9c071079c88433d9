"""The state machine that deploys an image to Lambda functions, run with answers of AWS."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from cfnlint.api import lint_all

from generator.components.machine_steps import Statuses
from generator.deployers.awslambda import CONFIGS
from generator.deployers.awslambda_machine import (
    FUNCTION_STATES,
    LAST_UPDATE_STATES,
    LONGEST_HOURS,
    LONGEST_SHIFT_MINUTES,
    SECONDS_BETWEEN_LOOKS,
    SHIFT_STATES,
    UPDATE_STATES,
    VERSION_STATES,
)
from generator.emulator.runs.state_machine_run import StateFailedError, run
from tests.conftest import WITH_CONDITIONS
from tests.resolved import resolved
from tests.standins.services import Answer, Services, refuse

APPROVED, OTHER = (f"sha256:{letter * 64}" for letter in "ab")
ROLE = "arn:aws:iam::123456789012:role/deployer"
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
INPUT = {
    "stage": "staging",
    "image": f"{REPOSITORY}@{APPROVED}",
    "digest": APPROVED,
    "platforms": "linux/amd64",
}


def _definition(**parameters: str) -> Any:
    """The definition as Step Functions gets it from a stack with these parameters."""
    given = {"FunctionName": "orders", "AliasName": "live", "PipelineName": "shop", **parameters}
    machine = resolved(WITH_CONDITIONS["deployer-lambda"], **given)["Deployer"]
    text = machine["DefinitionString"]
    for name, value in machine["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{name}}}", value)
    return json.loads(text)


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


def alias(version: str, **settings: Any) -> dict[str, Any]:
    """An answer of GetAlias or UpdateAlias."""
    return {"FunctionVersion": version, "RevisionId": f"revision at {version}", **settings}


GOOD: dict[str, Answer] = {
    "lambda.get_function": lambda _: function(),
    "lambda.update_function_code": lambda _: {"Version": "$LATEST", "LastUpdateStatus": "InProgress"},
    "lambda.publish_version": lambda _: {"Version": "8"},
    "lambda.get_alias": lambda _: alias("7"),
    "lambda.update_alias": lambda given: alias(given["FunctionVersion"]),
    "codedeploy.create_deployment": lambda _: {"deploymentId": "d-1"},
    "codedeploy.get_deployment": _each(
        *({"deploymentInfo": {"status": status}} for status in ("Created", "InProgress", "Succeeded"))
    ),
    "ssm.put_parameter": lambda _: {"Version": 2},
}
Calls = list[tuple[str, dict[str, Any]]]


def _run(definition: Any = None, given: dict[str, str] | None = None, /, **answers: Answer) -> tuple[Calls, float]:
    """The calls of one execution, and the seconds of its waits."""
    services, waited = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()}), [0.0]
    run(definition or _definition(), {**INPUT, **(given or {})}, client=services.client, wait=waited.append)
    return services.calls, sum(waited)


def _failed(said: str, platforms: str = "linux/amd64", functions: str = "orders", /, **answers: Answer) -> list[str]:
    """The calls of an execution that fails with this text."""
    return [name for name, _ in _failed_calls(said, platforms, functions, **answers)]


def _failed_calls(said: str, platforms: str, functions: str, /, **answers: Answer) -> Calls:
    services = Services(GOOD | {name.replace("__", "."): answer for name, answer in answers.items()})
    definition = _definition(FunctionName=functions)
    with pytest.raises(StateFailedError, match=re.escape(said)):
        run(definition, {**INPUT, "platforms": platforms}, client=services.client, wait=lambda _seconds: None)
    return services.calls


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
    calls, _ = _run(lambda__get_alias=lambda _: alias("8"), lambda__get_function=_of("8", function(State="Inactive")))
    assert "codedeploy.create_deployment" not in dict(calls)


def test_it_waits_until_lambda_and_codedeploy_are_done() -> None:
    """Nothing is updated or published while Lambda refuses it, and no alias shifts to a version that cannot run."""
    looks = _each(
        function(State="Pending"),
        function(),
        function(LastUpdateStatus="InProgress"),
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
        *(look, look, look, look, "get_alias"),
        *("update_function_code", look, look, look, look, "publish_version", look, look),
        *("get_alias", look),
    ] == names
    assert 25 <= waited


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("State", FUNCTION_STATES),
        ("State", VERSION_STATES),
        ("LastUpdateStatus", LAST_UPDATE_STATES),
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
    calls = _failed(
        f"orders: the function is {state} and cannot be", lambda__get_function=lambda _: function(State=state)
    )
    assert ["lambda.get_function"] == calls


@pytest.mark.parametrize("state", ["Inactive", "ActiveNonInvocable"])
def test_a_function_that_is_idle_is_updated(state: str) -> None:
    """An update takes it out of Inactive; $LATEST of a managed instance cannot be invoked at all."""
    calls, _ = _run(lambda__get_function=_of("$LATEST", function(State=state)))
    assert "codedeploy.create_deployment" in dict(calls)


def test_a_function_whose_last_update_failed_is_updated() -> None:
    """The update of now may succeed."""
    calls, _ = _run(lambda__get_function=_each(function(), function(LastUpdateStatus="Failed"), function()))
    assert "codedeploy.create_deployment" in dict(calls)


@pytest.mark.parametrize("state", VERSION_STATES.bad)
def test_no_traffic_goes_to_a_version_that_cannot_run(state: str) -> None:
    """The execution ends at once, says the state, and has not shifted the alias."""
    said = f"orders: the new version is {state} and cannot serve calls"
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
        calls, _ = _run(None, {"platforms": platform}, lambda__get_function=answer)
        assert [architecture] == dict(calls)["lambda.update_function_code"]["Architectures"]
    else:
        said = f"orders: the image is for {platform} and the function for {architecture}"
        assert {"lambda.get_function"} == set(_failed(said, platform, lambda__get_function=answer))


def test_only_the_approved_digest_is_published() -> None:
    """If somebody else updates the function in between, the execution fails and publishes nothing."""
    answers = _each(function(), function(), function(), function(OTHER))
    calls = _failed(
        f"orders: the code of the function is {OTHER} and not the approved {APPROVED}", lambda__get_function=answers
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
    """It gives calls to another version as well, whether or not it names the new one already. Nothing is changed."""
    divided = alias(version, RoutingConfig={"AdditionalVersionWeights": {"3": 0.5}})
    calls = _failed(
        'by their weights: {"3":0.5}. Wait for the deployment that shifts it. If there is none, reset it, then retry '
        "the stage: aws lambda update-alias --function-name orders --name live --routing-config "
        "AdditionalVersionWeights={}",
        lambda__get_alias=lambda _: divided,
    )
    assert {"lambda.get_function", "lambda.get_alias"} == set(calls)


def test_an_alias_whose_weights_were_reset_shifts() -> None:
    """Lambda then answers with weights that are empty."""
    undivided = alias("7", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "codedeploy.create_deployment" in dict(_run(lambda__get_alias=lambda _: undivided)[0])


def test_the_alias_has_the_approved_digest_in_the_end() -> None:
    """If CodeDeploy succeeds and callers still get another image, the execution fails: nothing is recorded."""
    said = f"orders: the alias has the image {OTHER} and not the approved {APPROVED}"
    _failed(said, lambda__get_function=_of("live", function(OTHER)))


def _states(machine: Any) -> list[Any]:
    """All states, with those of each Map."""
    states = list(machine["States"].values())
    return [
        *states,
        *(inner for state in states if "ItemProcessor" in state for inner in _states(state["ItemProcessor"])),
    ]


def test_the_environment_of_the_function_is_passed_to_no_state() -> None:
    """No state passes it on to another state, call or message."""
    passed = json.dumps([parameters for _, parameters in _run()[0]])
    assert "secret" not in passed
    tasks = [state for state in _states(_definition()) if state["Type"] == "Task"]
    assert [] == [state for state in tasks if "ResultSelector" not in state]
    assert 10 < len(tasks)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            {"lambda__get_function": _each(function(), function(), function(LastUpdateStatus="Failed"))},
            "orders: the update of the code is Failed",
        ),
        (
            {"lambda__get_function": _each(function(), function(LastUpdateStatus="Odd"))},
            "orders: the last update of the function is Odd",
        ),
        (
            {"lambda__get_function": _each(function(), function(), function(), function(State="Failed"))},
            "orders: the function is Failed, so that no version of it can be published",
        ),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Stopped"}}}, "ShiftFailed"),
        ({"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Odd"}}}, "ShiftFailed"),
        (
            {"codedeploy__get_deployment": lambda _: {"deploymentInfo": {"status": "Failed"}}},
            "CodeDeploy restores the alias",
        ),
        ({"lambda__get_alias": lambda _: alias("$LATEST")}, "point it at a version"),
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


def _second_time(answer: Answer, error: str) -> Answer:
    """Each call is refused once, and answered when it is tried again."""
    turns = itertools.cycle((refuse(error), answer))
    return lambda given: next(turns)(given)  # noqa: PLW0108  another one each time


def _reluctant(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    errors = {"lambda": "TooManyRequestsException", "codedeploy": "ThrottlingException", "ssm": "InternalServerError"}
    return {name: _second_time(each, errors[name.partition(".")[0]]) for name, each in answers.items()}


def test_every_call_is_tried_again() -> None:
    """Each call is refused once, also those that restore: the execution ends as it would otherwise."""
    calls, _ = _run(None, None, **{name.replace(".", "__"): answer for name, answer in _reluctant(GOOD).items()})
    assert "ssm.put_parameter" in dict(calls)
    see, update, shift = _aliases()
    moving = {"lambda.get_alias": see, "lambda.update_alias": update, "codedeploy.create_deployment": shift}
    wrong = _named("orders-cron", _of("live", function(OTHER)), "lambda.get_function")
    answers = _reluctant({**GOOD, **moving, "lambda.get_function": wrong})
    said = ",".join(f'"{name} has version 7 again"' for name in LIST.split(","))
    _one_fails(f"[{said}]", **{name.replace(".", "__"): answer for name, answer in answers.items()})


@pytest.mark.parametrize("status", SHIFT_STATES.waiting)
def test_a_deployment_that_has_not_ended_is_waited_for(status: str) -> None:
    """In each status that is not final."""
    answers = _each(*({"deploymentInfo": {"status": each}} for each in (status, "Succeeded")))
    calls, waited = _run(codedeploy__get_deployment=answers)
    assert (2, SECONDS_BETWEEN_LOOKS) == ([name for name, _ in calls].count("codedeploy.get_deployment"), waited)


def test_a_deployment_is_not_created_twice() -> None:
    """A lost answer is no reason for a retry: CodeDeploy would refuse a second deployment during the first."""
    services = Services(GOOD | {"codedeploy.create_deployment": refuse("DeploymentLimitExceededException")})
    with pytest.raises(StateFailedError, match="DeploymentLimitExceeded"):
        run(_definition(), INPUT, client=services.client, wait=lambda _seconds: None)
    assert 1 == [name for name, _ in services.calls].count("codedeploy.create_deployment")


def test_the_slowest_shifts_fit_into_the_time_limit() -> None:
    """CodeDeploy ends each of three by itself before the machine does: a machine at its limit restores nothing."""
    minutes = [
        re.fullmatch(r"Lambda(Canary10Percent(\d+)|Linear10PercentEvery(\d+))Minutes?", name) for name in CONFIGS
    ]
    longest = max(int(found[2]) if found[2] else 10 * int(found[3]) for found in minutes if found)
    assert 60 + longest + 60 == LONGEST_SHIFT_MINUTES
    assert 3 * LONGEST_SHIFT_MINUTES + 30 <= LONGEST_HOURS * 60 == _definition()["TimeoutSeconds"] / 60


def test_the_history_has_room_for_the_longest_execution() -> None:
    """A look is a Task with five events, a Choice and a Wait with two each; AWS ends an execution with 25,000.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    looks = LONGEST_HOURS * 3600 / SECONDS_BETWEEN_LOOKS
    assert looks * (5 + 2 + 2) < 25_000 - 5_000
    assert (
        SECONDS_BETWEEN_LOOKS == _definition()["States"]["Shift"]["ItemProcessor"]["States"]["WaitForShift"]["Seconds"]
    )


@pytest.mark.parametrize("wrong", [None, "Next", "ItemProcessor"])
def test_the_definition_is_one_of_step_functions(wrong: str | None) -> None:
    """As cfn-lint knows the Amazon States Language: it does not read definitions that CloudFormation puts together."""
    definition = _definition(FunctionName="orders-api,orders-worker", BeforeAllowTrafficHook="smoke")
    if wrong:
        del definition["States"]["Shift"][wrong]
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": ROLE, "Definition": definition}}
    template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}})
    found = lint_all(template.replace("AWS::Partition", "aws"))
    assert bool(wrong) == ("E3601" in {match.rule.id for match in found}), found


LIST = "orders-api,orders-worker,orders-cron"


def _named(name: str, answer: Answer, otherwise: str) -> Answer:
    """The answer is for one function; the others get the usual one."""
    return lambda given: (answer if given["FunctionName"] == name else GOOD[otherwise])(given)


def _aliases(**versions: str) -> tuple[Answer, Answer, Answer]:
    """GetAlias, UpdateAlias and CreateDeployment for aliases that really move; each begins at version 7."""
    at = dict.fromkeys(LIST.split(","), "7") | {name.replace("_", "-"): version for name, version in versions.items()}

    def shift(given: dict[str, Any]) -> dict[str, Any]:
        [[resource]] = [list(each.values()) for each in json.loads(_content(given))["Resources"]]
        at[resource["Properties"]["Name"]] = resource["Properties"]["TargetVersion"]
        return {"deploymentId": f"d-{resource['Properties']['Name']}"}

    def update(given: dict[str, Any]) -> dict[str, Any]:
        at[given["FunctionName"]] = given["FunctionVersion"]
        return alias(given["FunctionVersion"])

    return (lambda given: alias(at[given["FunctionName"]])), update, shift


def _content(given: dict[str, Any]) -> str:
    return str(given["revision"]["appSpecContent"]["content"])


def test_all_functions_are_published_before_one_shifts() -> None:
    """Then they shift in the order of the list, one after the other; in the end each has its record."""
    calls, _ = _run(_definition(FunctionName=LIST))
    names = [name.partition(".")[2] for name, _ in calls]
    first_shift = names.index("create_deployment")
    assert 3 == names[:first_shift].count("publish_version") == names.count("publish_version")
    assert names[:first_shift].index("update_function_code") > 5  # after two looks at each function and at its alias
    groups = [given["deploymentGroupName"] for name, given in calls if name.endswith("create_deployment")]
    assert ["Group", "SecondGroup", "ThirdGroup"] == groups
    shifted = [
        json.loads(_content(given))["Resources"][0] for name, given in calls if name.endswith("create_deployment")
    ]
    assert LIST.split(",") == [each["Function"]["Properties"]["Name"] for each in shifted]
    assert 1 == _definition()["States"]["Shift"]["MaxConcurrency"]
    record = {"Value": INPUT["image"], "Type": "String", "Overwrite": True}
    recorded = [given for name, given in calls if name == "ssm.put_parameter"]
    assert [{"Name": f"/ecr-pipeline/shop/staging/{name}/image", **record} for name in LIST.split(",")] == recorded
    assert "update_alias" not in names


def _one_fails(said: str, **answers: Answer) -> Calls:
    return _failed_calls(said, "linux/amd64", LIST, **answers)


def _restored(calls: Calls) -> dict[str, str]:
    return {given["FunctionName"]: given["FunctionVersion"] for name, given in calls if name == "lambda.update_alias"}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"lambda__get_function": function(Architectures=["arm64"])}, "orders-cron: the image is for linux/amd64"),
        ({"lambda__get_function": function(State="Failed")}, "orders-cron: the function is Failed"),
        ({"lambda__get_alias": alias("$LATEST")}, "orders-cron: the alias names $LATEST"),
        (
            {"lambda__get_alias": alias("7", RoutingConfig={"AdditionalVersionWeights": {"3": 1}})},
            "orders-cron: the alias also",
        ),
    ],
)
def test_one_that_does_not_fit_stops_all(answers: dict[str, dict[str, Any]], said: str) -> None:
    """The last of the list is wrong: nothing was changed, not even the code of the first."""
    wrong = {
        name: _named("orders-cron", lambda _given, answer=answer: answer, name.replace("__", "."))  # type: ignore[misc]
        for name, answer in answers.items()
    }
    assert {"lambda.get_function", "lambda.get_alias"} >= {name for name, _ in _one_fails(said, **wrong)}


def test_a_function_that_does_not_exist_stops_all() -> None:
    """Lambda says so, and nothing was changed."""
    missing = _named("orders-cron", refuse("ResourceNotFoundException"), "lambda.get_function")
    calls = _one_fails("Lambda.ResourceNotFoundException", lambda__get_function=missing)
    assert {"lambda.get_function", "lambda.get_alias"} == {name for name, _ in calls}


@pytest.mark.parametrize("hook", ["BeforeAllowTrafficHook", "AfterAllowTrafficHook"])
def test_a_function_is_not_its_own_hook(hook: str) -> None:
    """The rule of the form compares a hook with the whole list: the machine compares it with each function."""
    services = Services(GOOD)
    definition = _definition(FunctionName=LIST, **{hook: "orders-worker"})
    with pytest.raises(StateFailedError, match="HookIsFunction: orders-worker: the function is its own hook"):
        run(definition, INPUT, client=services.client, wait=lambda _seconds: None)
    assert {"lambda.get_function", "lambda.get_alias"} >= {name for name, _ in services.calls}


def test_a_version_that_cannot_be_published_shifts_no_alias() -> None:
    """The functions before it have a version that nobody calls."""
    refused = _named("orders-cron", refuse("InvalidParameterValueException"), "lambda.publish_version")
    calls = _one_fails("InvalidParameterValueException", lambda__publish_version=refused)
    assert {"codedeploy.create_deployment", "lambda.update_alias"}.isdisjoint(name for name, _ in calls)


def test_those_that_have_shifted_are_restored() -> None:
    """The second deployment fails: the first alias is restored, and the third has not begun to shift.

    CodeDeploy itself restores the second one.
    """
    see, update, shift = _aliases()
    calls = _one_fails(
        "ShiftFailed: orders-worker: the deployment is Failed, and CodeDeploy restores the alias. The reason: "
        "aws deploy get-deployment --deployment-id d-orders-worker. Aliases now: "
        '["orders-api has version 7 again","orders-worker has version 7","orders-cron has version 7"]',
        lambda__get_alias=see,
        lambda__update_alias=update,
        codedeploy__create_deployment=lambda given: (
            {"deploymentId": "d-orders-worker"} if "orders-worker" in _content(given) else shift(given)
        ),
        codedeploy__get_deployment=lambda given: {
            "deploymentInfo": {"status": "Failed" if given["deploymentId"] == "d-orders-worker" else "Succeeded"}
        },
    )
    assert {"orders-api": "7"} == _restored(calls)
    [update_call] = [given for name, given in calls if name == "lambda.update_alias"]
    assert ("live", {"AdditionalVersionWeights": {}}) == (update_call["Name"], update_call["RoutingConfig"])
    assert {"ssm.put_parameter"}.isdisjoint(name for name, _ in calls)


def test_a_deployment_is_followed_through_an_outage_of_codedeploy() -> None:
    """An alias that nobody follows would get the new version after the others have been restored."""
    answers = iter([refuse("ThrottlingException")] * 8)

    def look(given: dict[str, Any]) -> dict[str, Any]:
        return next(answers, GOOD["codedeploy.get_deployment"])(given)

    calls, waited = _run(codedeploy__get_deployment=look)
    assert "ssm.put_parameter" in dict(calls)
    assert 10 * 60 < waited


def test_an_alias_that_is_new_already_is_not_restored() -> None:
    """A retry finds the first function done in an earlier run: its version was there before."""
    see, update, _ = _aliases(orders_api="8")
    calls = _one_fails(
        "ShiftFailed",
        lambda__get_alias=see,
        lambda__update_alias=update,
        codedeploy__get_deployment=lambda _: {"deploymentInfo": {"status": "Failed"}},
    )
    assert {} == _restored(calls)


def test_an_alias_that_somebody_moves_meanwhile_stops_all() -> None:
    """While the first shifts, somebody points the second elsewhere: the first is restored, the second stays."""
    see, update, shift = _aliases()

    def move(given: dict[str, Any]) -> dict[str, Any]:
        update({"FunctionName": "orders-worker", "FunctionVersion": "3"})
        return shift(given)

    calls = _one_fails(
        "somebody else has changed the alias since the deployment began. Retry the stage when nobody else does. "
        'Aliases now: ["orders-api has version 7 again","orders-worker has version 3","orders-cron has version 7"]',
        lambda__get_alias=see,
        lambda__update_alias=update,
        codedeploy__create_deployment=move,
        codedeploy__get_deployment=lambda _: {"deploymentInfo": {"status": "Succeeded"}},
    )
    assert {"orders-api": "7"} == _restored(calls)


def test_a_wrong_result_restores_all() -> None:
    """All have shifted, and the last alias gives another image: none keeps the new version."""
    see, update, shift = _aliases()
    wrong: Answer = lambda given: function(OTHER if given.get("Qualifier") == "live" else APPROVED)  # noqa: E731
    calls = _one_fails(
        f"orders-cron: the alias has the image {OTHER} and not the approved {APPROVED}",
        lambda__get_alias=see,
        lambda__update_alias=update,
        lambda__get_function=_named("orders-cron", wrong, "lambda.get_function"),
        codedeploy__create_deployment=shift,
        codedeploy__get_deployment=lambda _: {"deploymentInfo": {"status": "Succeeded"}},
    )
    assert dict.fromkeys(LIST.split(","), "7") == _restored(calls)


def test_one_that_cannot_be_restored_does_not_keep_the_others() -> None:
    """The message has the command that restores it."""
    see, update, shift = _aliases()
    refused = refuse("TooManyRequestsException")
    calls = _one_fails(
        "TooManyRequestsException) when calling the UpdateAlias operation (reached max retries: 0): so it is): "
        "aws lambda update-alias --function-name orders-api --name live --function-version 7 "
        '--routing-config AdditionalVersionWeights={}","orders-worker has version 7 again"',
        lambda__get_alias=see,
        lambda__update_alias=lambda given: (refused if given["FunctionName"] == "orders-api" else update)(given),
        lambda__get_function=_named("orders-cron", _of("live", function(OTHER)), "lambda.get_function"),
        codedeploy__create_deployment=shift,
        codedeploy__get_deployment=lambda _: {"deploymentInfo": {"status": "Succeeded"}},
    )
    assert {"orders-worker", "orders-cron"} < _restored(calls).keys()


def test_one_that_cannot_be_looked_at_does_not_keep_the_others() -> None:
    """Its alias may have shifted: the message has the command."""
    see, update, shift = _aliases()
    looks = itertools.count()

    def look(given: dict[str, Any]) -> dict[str, Any]:
        if given["FunctionName"] == "orders-api" and next(looks) > 1:
            return refuse("ServiceException")(given)
        return see(given)

    calls = _one_fails(
        "--function-name orders-api --name live --function-version 7",
        lambda__get_alias=look,
        lambda__update_alias=update,
        lambda__get_function=_named("orders-cron", _of("live", function(OTHER)), "lambda.get_function"),
        codedeploy__create_deployment=shift,
        codedeploy__get_deployment=lambda _: {"deploymentInfo": {"status": "Succeeded"}},
    )
    assert {"orders-worker": "7", "orders-cron": "7"} == _restored(calls)


def test_a_record_that_cannot_be_written_takes_nothing_back() -> None:
    """All functions run the image: a retry finds nothing to shift, and writes the records."""
    calls = _one_fails("Ssm.InternalServerErrorException", ssm__put_parameter=refuse("InternalServerError"))
    assert {} == _restored(calls)
