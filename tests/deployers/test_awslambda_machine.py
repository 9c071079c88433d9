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

from generator.components.machine_steps import LOOKS, SECONDS_BETWEEN_LOOKS
from generator.deployers.awslambda import CONFIGS
from generator.deployers.awslambda_machine import LONGEST_HOURS, LONGEST_SHIFT_MINUTES
from generator.emulator.runs.state_machine_run import StateFailedError, error_name, run
from tests.conftest import WITH_CONDITIONS
from tests.resolved import resolved
from tests.standins.services import Answer, Services, refuse

# Of a function and of a version, of an update, and of a deployment.
# https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
STATES = {
    "Pending",
    "Active",
    "Inactive",
    "ActiveNonInvocable",
    "Deactivating",
    "Deactivated",
    "Deleting",
    "Failed",
}
RUNNING = ("Created", "Queued", "InProgress", "Baking", "Ready")
ENDED = ("Failed", "Stopped")
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
        "PackageType": "Image",
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
    "codedeploy.get_deployment": lambda _: {"deploymentInfo": {"status": "Succeeded"}},
    "codedeploy.list_deployments": lambda _: {"deployments": []},
    "ssm.put_parameter": lambda _: {"Version": 2},
}
LIST = "orders-api,orders-worker,orders-cron"


class Aliases:
    """Aliases that really move: their versions, weights and revisions. Each begins at version 7."""

    def __init__(self, **versions: str) -> None:
        names = {"orders": "7"} | dict.fromkeys(LIST.split(","), "7")
        self.at = names | {name.replace("_", "-"): version for name, version in versions.items()}
        self.weights: dict[str, dict[str, float]] = {name: {} for name in self.at}
        self.revisions = dict.fromkeys(self.at, 0)

    def see(self, given: dict[str, Any]) -> dict[str, Any]:
        """GetAlias. Weights that nobody has ever set are not in the answer."""
        name = given["FunctionName"]
        weights = self.weights[name]
        routing = {"RoutingConfig": {"AdditionalVersionWeights": dict(weights)}} if self.revisions[name] else {}
        return {"FunctionVersion": self.at[name], "RevisionId": f"revision {self.revisions[name]}", **routing}

    def move(self, name: str, version: str = "", weights: Mapping[str, float] | None = None) -> None:
        """A change by anybody."""
        self.at[name] = version or self.at[name]
        self.weights[name] = dict(weights or {})
        self.revisions[name] += 1

    def update(self, given: dict[str, Any]) -> dict[str, Any]:
        """UpdateAlias, which refuses an earlier revision."""
        name = given["FunctionName"]
        if given.get("RevisionId") not in (None, f"revision {self.revisions[name]}"):
            refuse("PreconditionFailedException")(given)
        self.move(name, given["FunctionVersion"], given["RoutingConfig"]["AdditionalVersionWeights"])
        return self.see(given)

    def shift(self, given: dict[str, Any]) -> dict[str, Any]:
        """CreateDeployment, which shifts all calls at once."""
        properties = shifted(given)
        self.move(properties["Name"], properties["TargetVersion"])
        return {"deploymentId": f"d-{properties['Name']}"}

    def answers(self) -> dict[str, Answer]:
        """Those of the calls that read and move aliases."""
        return {
            "lambda.get_alias": self.see,
            "lambda.update_alias": self.update,
            "codedeploy.create_deployment": self.shift,
        }


def shifted(given: dict[str, Any]) -> dict[str, str]:
    """The properties in the AppSpec file of a deployment."""
    [[resource]] = [list(each.values()) for each in json.loads(_content(given))["Resources"]]
    properties: dict[str, str] = resource["Properties"]
    return properties


def _content(given: dict[str, Any]) -> str:
    return str(given["revision"]["appSpecContent"]["content"])


def _services(aliases: Aliases | None, answers: Mapping[str, Answer]) -> Services:
    named = {name.replace("__", "."): answer for name, answer in answers.items()}
    return Services({**GOOD, **(aliases or Aliases()).answers(), **named})


Calls = list[tuple[str, dict[str, Any]]]


def _run(definition: Any = None, given: dict[str, str] | None = None, /, **answers: Answer) -> tuple[Calls, float]:
    """The calls of one execution, and the seconds of its waits."""
    services, waited = _services(None, answers), [0.0]
    run(definition or _definition(), {**INPUT, **(given or {})}, client=services.client, wait=waited.append)
    return services.calls, sum(waited)


def _failed(said: str, platforms: str = "linux/amd64", functions: str = "orders", /, **answers: Answer) -> list[str]:
    """The calls of an execution that fails with this text."""
    return [name for name, _ in _failed_calls(said, platforms, functions, **answers)]


def _failed_calls(
    said: str, platforms: str, functions: str, aliases: Aliases | None = None, /, **answers: Answer
) -> Calls:
    services = _services(aliases, answers)
    definition = _definition(FunctionName=functions)
    with pytest.raises(StateFailedError, match=re.escape(said)):
        run(definition, {**INPUT, "platforms": platforms}, client=services.client, wait=lambda _seconds: None)
    return services.calls


def _changes(calls: Calls) -> set[str]:
    """The operations that change a function or its alias; a dry run changes nothing."""
    reads = {"lambda.get_function", "lambda.get_alias", "codedeploy.get_deployment", "codedeploy.list_deployments"}
    return {name for name, given in calls if name not in reads and not given.get("DryRun")}


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
    idle = _of("8", function(State="Inactive"))
    calls, _ = _run(lambda__get_alias=Aliases(orders="8").see, lambda__get_function=idle)
    assert "codedeploy.create_deployment" not in dict(calls)


def test_it_waits_until_lambda_and_codedeploy_are_done() -> None:
    """Nothing is updated or published while Lambda refuses it, and no alias shifts to a version that cannot run."""
    looks = _each(
        function(State="Pending"),
        function(LastUpdateStatus="InProgress"),
        function(),
        function(OTHER, LastUpdateStatus="InProgress"),
        function(State="Pending"),
        function(),
        function(State="Pending"),
        function(),
    )
    calls, waited = _run(lambda__get_function=looks)
    names = [name.rpartition(".")[2] for name, _ in calls if name.startswith("lambda.")]
    look, update = "get_function", "update_function_code"
    assert [
        *(look, look, look, update, "get_alias"),
        *(update, look, look, look, "publish_version", look, look),
        *("get_alias", "get_alias", look),
    ] == names
    assert 5 * 15 == waited


def test_every_status_of_the_service_models_is_in_these_tests() -> None:
    """One that AWS adds must be sorted in by hand."""
    for service, operation, known in (
        ("lambda", "State", STATES),
        ("lambda", "LastUpdateStatus", {"Successful", "Failed", "InProgress"}),
        ("codedeploy", "DeploymentStatus", {*RUNNING, *ENDED, "Succeeded"}),
    ):
        listed = botocore.session.get_session().get_service_model(service).shape_for(operation).enum
        assert known == set(listed)


@pytest.mark.parametrize("state", [*sorted(STATES - {"Active", "Inactive", "ActiveNonInvocable", "Pending"}), "Odd"])
def test_a_function_that_cannot_be_updated_is_left_alone(state: str) -> None:
    """The execution ends at once, says the state, and has changed nothing."""
    said = f"FunctionFailed: orders: state and last update of the function are {state} Successful: it cannot be updated"
    assert ["lambda.get_function"] == _failed(said, lambda__get_function=lambda _: function(State=state))


@pytest.mark.parametrize("settings", [{"State": "Pending"}, {"LastUpdateStatus": "InProgress"}])
def test_a_function_that_stays_pending_is_waited_for_twelve_minutes(settings: dict[str, str]) -> None:
    """The time limit of the machine and the length of its history are for shifts and their end."""
    calls = _failed("FunctionFailed: orders: state and last", lambda__get_function=lambda _: function(**settings))
    assert 12 * 60 / 15 + 1 == LOOKS + 1 == len(calls)


@pytest.mark.parametrize("state", ["Inactive", "ActiveNonInvocable"])
def test_a_function_that_is_idle_is_updated(state: str) -> None:
    """An update takes it out of Inactive; $LATEST of a managed instance cannot be invoked at all."""
    calls, _ = _run(lambda__get_function=_of("$LATEST", function(State=state)))
    assert "codedeploy.create_deployment" in dict(calls)


def test_a_function_whose_last_update_failed_is_updated() -> None:
    """The update of now may succeed."""
    calls, _ = _run(lambda__get_function=_each(function(LastUpdateStatus="Failed"), function()))
    assert "codedeploy.create_deployment" in dict(calls)


@pytest.mark.parametrize("state", [*sorted(STATES - {"Active", "Pending"}), "Odd"])
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
        ("x86_64", "notlinux/amd64", False),
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
    answers = _each(function(), function(OTHER))
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
    assert 1 == calls.count("lambda.publish_version")  # a function that has changed stays changed


@pytest.mark.parametrize("error", ["ServiceException", "TooManyRequestsException"])
def test_a_version_is_published_after_an_error_that_passes(error: str) -> None:
    """Lambda refuses it once."""
    calls, _ = _run(lambda__publish_version=_second_time(GOOD["lambda.publish_version"], error))
    assert 2 == [name for name, _ in calls].count("lambda.publish_version")


@pytest.mark.parametrize("version", ["7", "8"])
def test_an_alias_with_weights_is_left_alone(version: str) -> None:
    """It gives calls to another version as well, whether or not it names the new one already. Nothing is changed."""
    divided = alias(version, RoutingConfig={"AdditionalVersionWeights": {"3": 0.5}})
    calls = _failed(
        'by their weights: [{"3":0.5}]. Wait for the deployment that shifts it. If there is none, reset it, then retry '
        "the stage: aws lambda update-alias --function-name orders --name live --routing-config "
        "AdditionalVersionWeights={}",
        lambda__get_alias=lambda _: divided,
    )
    assert {"lambda.get_function", "lambda.update_function_code", "lambda.get_alias"} == set(calls)
    assert 1 == calls.count("lambda.update_function_code")  # the dry run


def test_an_alias_whose_weights_were_reset_shifts() -> None:
    """Lambda then answers with weights that are empty."""
    aliases = Aliases()
    aliases.move("orders", weights={})
    assert {"AdditionalVersionWeights": {}} == aliases.see({"FunctionName": "orders"})["RoutingConfig"]
    calls, _ = _run(**{name.replace(".", "__"): answer for name, answer in aliases.answers().items()})
    assert "codedeploy.create_deployment" in dict(calls)


def test_the_alias_has_the_approved_digest_in_the_end() -> None:
    """If CodeDeploy succeeds and callers still get another image, the execution fails: nothing is recorded."""
    said = f"orders: the alias has the image {OTHER} and not the approved {APPROVED}"
    calls = _failed(said, lambda__get_function=_of("8", function(OTHER)))
    assert "ssm.put_parameter" not in calls


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
            {"lambda__get_function": _each(function(), function(LastUpdateStatus="Failed"))},
            "CodeFailed: orders: state and last update of the function are Active Failed",
        ),
        (
            {"lambda__get_function": _each(function(), function(LastUpdateStatus="Odd"))},
            "CodeFailed: orders: state and last update of the function are Active Odd",
        ),
        (
            {"lambda__get_function": _each(function(), function(State="Failed"))},
            "CodeFailed: orders: state and last update of the function are Failed Successful, so that no version",
        ),
        *(
            ({"codedeploy__get_deployment": lambda _, status=status: {"deploymentInfo": {"status": status}}}, said)
            for status in (*ENDED, "Odd")
            for said in (f"ShiftFailed: orders: the deployment is {status}. The reason: aws deploy get-deployment",)
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
    answers = _second_time(GOOD["lambda.update_function_code"], "ResourceConflictException")
    calls, _ = _run(lambda__update_function_code=answers)
    assert 4 == [name for name, _ in calls].count("lambda.update_function_code")


def _second_time(answer: Answer, error: str) -> Answer:
    """Each call is refused once, and answered when it is tried again."""
    turns = itertools.cycle((refuse(error), answer))
    return lambda given: next(turns)(given)  # noqa: PLW0108  another one each time


def _reluctant(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    errors = {"lambda": "TooManyRequestsException", "codedeploy": "ThrottlingException", "ssm": "InternalServerError"}
    return {name: _second_time(each, errors[name.partition(".")[0]]) for name, each in answers.items()}


def test_every_call_is_tried_again() -> None:
    """Each call is refused once, also those that restore: the execution ends as it would otherwise."""
    good = _reluctant({**GOOD, **Aliases().answers()})
    calls, _ = _run(None, None, **{name.replace(".", "__"): answer for name, answer in good.items()})
    assert "ssm.put_parameter" in dict(calls)
    wrong = _named("orders-cron", _of("8", function(OTHER)), "lambda.get_function")
    answers = _reluctant({**GOOD, **Aliases().answers(), "lambda.get_function": wrong})
    said = ",".join(f'"{name} has version 7 again"' for name in LIST.split(","))
    _one_fails(f"[{said}]", **{name.replace(".", "__"): answer for name, answer in answers.items()})


def test_errors_are_named_as_step_functions_names_them() -> None:
    """A name that no service has would never be caught or tried again."""
    clients = [Services({}).client(service) for service in ("codedeploy", "lambda", "ssm")]
    known = {
        error_name(client, shape.metadata.get("error", {}).get("code", shape.name))
        for client in clients
        for shape in client.meta.service_model.error_shapes
    }
    named = {
        error
        for state in _states(_definition())
        for each in (*state.get("Retry", ()), *state.get("Catch", ()))
        for error in each["ErrorEquals"]
    }
    assert {"CodeDeploy.ThrottlingException", "Lambda.PreconditionFailedException"} < named
    assert set() == named - known - {"States.ALL", "States.TaskFailed", "Lambda.SdkClientException"}


@pytest.mark.parametrize("status", RUNNING)
def test_a_deployment_that_has_not_ended_is_waited_for(status: str) -> None:
    """In each status that is not final."""
    answers = _each(*({"deploymentInfo": {"status": each}} for each in (status, "Succeeded")))
    calls, waited = _run(codedeploy__get_deployment=answers)
    assert (2, 15) == ([name for name, _ in calls].count("codedeploy.get_deployment"), waited)


def test_a_deployment_is_not_created_twice() -> None:
    """A lost answer is no reason for a retry: CodeDeploy would refuse a second deployment during the first."""
    services = _services(None, {"codedeploy.create_deployment": refuse("DeploymentLimitExceededException")})
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
    before = 2 * LOOKS * SECONDS_BETWEEN_LOOKS / 60  # Check and Publish
    assert before + 4 * LONGEST_SHIFT_MINUTES <= LONGEST_HOURS * 60 == _definition()["TimeoutSeconds"] / 60


def _events(states: Any, kinds: set[str]) -> int:
    """The events of going once through the states of these types.

    A Task has five events: entered, scheduled, started, succeeded, exited. The others have two.
    """
    return sum(5 if state["Type"] == "Task" else 2 for state in states if state["Type"] in kinds)


def test_the_history_has_room_for_the_longest_execution() -> None:
    """Three functions that wait as long as they may, three shifts, and one rollback; AWS ends it with 25,000 events.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    machine = _definition(FunctionName=LIST)["States"]
    waits = {state["Seconds"] for state in _states(_definition()) if state["Type"] == "Wait"}
    assert {SECONDS_BETWEEN_LOOKS} == waits
    once = 3 * _events(_states(_definition()), {"Task", "Choice", "Pass", "Succeed"})
    counted = [
        state["And"][1]["NumericLessThan"]
        for each in ("Check", "Publish")
        for choice in machine[each]["ItemProcessor"]["States"].values()
        for state in choice.get("Choices", ())
        if "NumericLessThan" in str(state)
    ]
    assert {LOOKS} == set(counted)
    before = 2 * 3 * LOOKS * (5 + 2 + 2 + 2)  # a Task, a Choice, a Wait and the Pass that counts
    shifts = 4 * LONGEST_SHIFT_MINUTES * 60 / SECONDS_BETWEEN_LOOKS * (5 + 2 + 2)
    assert once + before + shifts < 25_000


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


def _named(name: str, answer: Answer, otherwise: str) -> Answer:
    """The answer is for one function; the others get the usual one."""
    usual = {**GOOD, **Aliases().answers()}[otherwise]
    return lambda given: (answer if given["FunctionName"] == name else usual)(given)


def test_all_functions_are_published_before_one_shifts() -> None:
    """Then they shift in the order of the list, one after the other; in the end each has its record."""
    calls, _ = _run(_definition(FunctionName=LIST))
    names = [name.partition(".")[2] for name, _ in calls]
    first_shift = names.index("create_deployment")
    assert 3 == names[:first_shift].count("publish_version") == names.count("publish_version")
    first_update = next(n for n, (name, given) in enumerate(calls) if "code" in name and not given.get("DryRun"))
    assert 3 * 3 == first_update  # after a look at each function and at its alias, and a dry run
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


def _one_fails(said: str, aliases: Aliases | None = None, /, **answers: Answer) -> Calls:
    return _failed_calls(said, "linux/amd64", LIST, aliases, **answers)


def _restored(calls: Calls) -> dict[str, str]:
    return {given["FunctionName"]: given["FunctionVersion"] for name, given in calls if name == "lambda.update_alias"}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"lambda__get_function": function(Architectures=["arm64"])}, "orders-cron: the image is for linux/amd64"),
        (
            {"lambda__get_function": function(State="Failed")},
            "orders-cron: state and last update of the function are Failed",
        ),
        ({"lambda__get_function": function(PackageType="Zip")}, "orders-cron: the package type of the function is Zip"),
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
    assert set() == _changes(_one_fails(said, **wrong))


def test_an_update_that_lambda_would_refuse_stops_all() -> None:
    """Such as an image that it may not pull: a dry run of the last function says so before the first one is changed."""
    refused = _named("orders-cron", refuse("InvalidParameterValueException"), "lambda.update_function_code")
    calls = _one_fails("Lambda.InvalidParameterValueException", lambda__update_function_code=refused)
    assert set() == _changes(calls)
    [given] = [given for name, given in calls if "code" in name and given["FunctionName"] == "orders-api"]
    assert {
        "FunctionName": "orders-api",
        "ImageUri": INPUT["image"],
        "Architectures": ["x86_64"],
        "DryRun": True,
    } == given


def test_a_function_that_does_not_exist_stops_all() -> None:
    """Lambda says so, and nothing was changed."""
    missing = _named("orders-cron", refuse("ResourceNotFoundException"), "lambda.get_function")
    calls = _one_fails("Lambda.ResourceNotFoundException", lambda__get_function=missing)
    assert set() == _changes(calls)


@pytest.mark.parametrize("hook", ["BeforeAllowTrafficHook", "AfterAllowTrafficHook"])
def test_a_function_is_not_its_own_hook(hook: str) -> None:
    """The rule of the form compares a hook with the whole list: the machine compares it with each function."""
    services = _services(None, {})
    definition = _definition(FunctionName=LIST, **{hook: "orders-worker"})
    with pytest.raises(StateFailedError, match="HookIsFunction: orders-worker: the function is its own hook"):
        run(definition, INPUT, client=services.client, wait=lambda _seconds: None)
    assert set() == _changes(services.calls)


def test_a_version_that_cannot_be_published_shifts_no_alias() -> None:
    """The functions before it have a version that nobody calls."""
    refused = _named("orders-cron", refuse("InvalidParameterValueException"), "lambda.publish_version")
    calls = _one_fails("InvalidParameterValueException", lambda__publish_version=refused)
    assert {"codedeploy.create_deployment", "lambda.update_alias"}.isdisjoint(name for name, _ in calls)


def _status(**statuses: str) -> Answer:
    """GetDeployment: those of these functions have ended like this, the others have succeeded."""
    ended = {f"d-{name.replace('_', '-')}": status for name, status in statuses.items()}
    return lambda given: {"deploymentInfo": {"status": ended.get(given["deploymentId"], "Succeeded")}}


def test_those_that_have_shifted_are_restored() -> None:
    """The second deployment fails: the first alias is restored, and the third has not begun to shift."""
    aliases = Aliases()
    calls = _one_fails(
        "ShiftFailed: orders-worker: the deployment is Failed. The reason: "
        "aws deploy get-deployment --deployment-id d-orders-worker. Aliases now: "
        '["orders-api has version 7 again","orders-worker has version 7","orders-cron has version 7"]',
        aliases,
        codedeploy__create_deployment=lambda given: (
            {"deploymentId": "d-orders-worker"} if "orders-worker" in _content(given) else aliases.shift(given)
        ),
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert {"orders-api": "7"} == _restored(calls)
    [update_call] = [given for name, given in calls if name == "lambda.update_alias"]
    assert ("live", {"AdditionalVersionWeights": {}}) == (update_call["Name"], update_call["RoutingConfig"])
    assert "revision 1" == update_call["RevisionId"]
    assert {"ssm.put_parameter"}.isdisjoint(name for name, _ in calls)


class Deployments:
    """Deployments of which that of one function continues by itself: it ends after some looks at the running ones."""

    def __init__(self, aliases: Aliases, name: str, looks: int = 3) -> None:
        self.aliases, self.name, self.left = aliases, name, looks
        self.version = ""
        self.weights: dict[str, float] = {}
        self.asked: list[dict[str, Any]] = []

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """One tenth of the calls of this function shifts, and all calls of the others."""
        properties = shifted(given)
        if properties["Name"] != self.name:
            return self.aliases.shift(given)
        self.aliases.move(self.name, weights={properties["TargetVersion"]: 0.1})
        self.version = properties["TargetVersion"]
        return {"deploymentId": f"d-{self.name}"}

    def running(self, given: dict[str, Any]) -> dict[str, Any]:
        """ListDeployments; with the last look that finds it, the deployment ends."""
        self.asked.append(given)
        if given["deploymentGroupName"] != "SecondGroup" or not self.left:
            return {"deployments": []}
        self.left -= 1
        if not self.left:
            self.aliases.move(self.name, self.version, self.weights)
        return {"deployments": ["d-1"]}


def test_a_deployment_whose_answer_is_lost_is_waited_for() -> None:
    """CodeDeploy has created it, and refuses the second attempt: it continues, and the alias is restored after it."""
    aliases = Aliases()
    deployments = Deployments(aliases, "orders-worker")

    def create(given: dict[str, Any]) -> dict[str, Any]:
        made = deployments.create(given)
        return refuse("DeploymentLimitExceededException")(given) if "orders-worker" in _content(given) else made

    _one_fails(
        "DeploymentLimitExceededException",
        aliases,
        codedeploy__create_deployment=create,
        codedeploy__list_deployments=deployments.running,
    )
    assert {"7"} == set(aliases.at.values())
    assert {} == {name: weights for name, weights in aliases.weights.items() if weights}
    asked = {(each["applicationName"], each["deploymentGroupName"]) for each in deployments.asked}
    assert {("Application", group) for group in ("Group", "SecondGroup", "ThirdGroup")} == asked
    assert set(RUNNING) == set(deployments.asked[0]["includeOnlyStatuses"])


def test_a_deployment_that_nobody_can_follow_is_waited_for() -> None:
    """CodeDeploy refuses all looks for twelve minutes, and the deployment succeeds later."""
    aliases = Aliases()
    deployments = Deployments(aliases, "orders-worker", looks=40)
    follow = _status()
    _one_fails(
        '["orders-api has version 7 again","orders-worker has version 7 again","orders-cron has version 7"]',
        aliases,
        codedeploy__create_deployment=deployments.create,
        codedeploy__list_deployments=deployments.running,
        codedeploy__get_deployment=lambda given: (
            refuse("ThrottlingException") if "worker" in given["deploymentId"] else follow
        )(given),
    )
    assert {"7"} == set(aliases.at.values())


def test_a_rollback_is_waited_for() -> None:
    """It is a deployment of its own, of the same group, and empties the weights: nothing is left to restore."""
    aliases = Aliases()
    deployments = Deployments(aliases, "orders-worker")

    def create(given: dict[str, Any]) -> dict[str, Any]:
        made = deployments.create(given)
        deployments.version = "7"
        return made

    calls = _one_fails(
        '["orders-api has version 7 again","orders-worker has version 7","orders-cron has version 7"]',
        aliases,
        codedeploy__create_deployment=create,
        codedeploy__list_deployments=deployments.running,
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert {"orders-api": "7"} == _restored(calls)


@pytest.mark.parametrize(("version", "weights"), [("7", {"8": 0.1}), ("8", {"7": 0.5})])
def test_weights_that_codedeploy_leaves_are_removed(version: str, weights: dict[str, float]) -> None:
    """A rollback that CodeDeploy may not make: a part of the calls would keep the new version."""
    aliases = Aliases()

    def create(given: dict[str, Any]) -> dict[str, Any]:
        if "orders-worker" not in _content(given):
            return aliases.shift(given)
        aliases.move("orders-worker", version, weights)
        return {"deploymentId": "d-orders-worker"}

    _one_fails(
        '["orders-api has version 7 again","orders-worker has version 7 again","orders-cron has version 7"]',
        aliases,
        codedeploy__create_deployment=create,
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert ("7", {}) == (aliases.at["orders-worker"], aliases.weights["orders-worker"])


@pytest.mark.parametrize(
    ("version", "weights", "text"),
    [
        ("9", {}, "version 9 with the weights [{}]"),
        ("8", {"9": 0.1}, 'version 8 with the weights [{"9":0.1}]'),
        ("7", {"9": 0.1}, 'version 7 with the weights [{"9":0.1}]'),
    ],
)
def test_an_alias_that_somebody_else_shifts_is_left_alone(version: str, weights: dict[str, float], text: str) -> None:
    """While the second function fails, somebody shifts the first: the message says what it has, with the command."""
    aliases = Aliases()

    def create(given: dict[str, Any]) -> dict[str, Any]:
        if "orders-worker" not in _content(given):
            return aliases.shift(given)
        aliases.move("orders-api", version, weights)
        return refuse("DeploymentLimitExceededException")(given)

    calls = _one_fails(
        f"orders-api has {text}: somebody else has changed it. It is NOT restored: aws lambda update-alias "
        "--function-name orders-api --name live --function-version 7 --routing-config AdditionalVersionWeights={}".join(
            ('["', '","orders-worker has version 7","orders-cron has version 7"]')
        ).replace('"9":', '\\"9\\":'),
        aliases,
        codedeploy__create_deployment=create,
    )
    assert {} == _restored(calls)
    assert (version, weights) == (aliases.at["orders-api"], aliases.weights["orders-api"])


def test_a_change_between_look_and_restoration_is_kept() -> None:
    """Lambda refuses the earlier revision; the alias is read again, and belongs to somebody else now."""
    aliases, moved = Aliases(), itertools.count()

    def update(given: dict[str, Any]) -> dict[str, Any]:
        if given["FunctionName"] == "orders-api" and not next(moved):
            aliases.move("orders-api", "9")
        return aliases.update(given)

    _one_fails(
        '["orders-api has version 9 with the weights [{}]: somebody else has changed it.',
        aliases,
        lambda__update_alias=update,
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert ("9", "7") == (aliases.at["orders-api"], aliases.at["orders-worker"])


def test_aliases_are_not_restored_while_a_deployment_may_shift_them() -> None:
    """CodeDeploy refuses to list its deployments for an hour: the message has the commands."""
    aliases = Aliases()
    refused = refuse("InvalidInputException")
    calls = _one_fails(
        '"orders-worker is NOT restored: a deployment may still shift it (An error occurred (InvalidInputException)'
        " when calling the ListDeployments operation (reached max retries: 0): so it is). See aws deploy "
        "list-deployments --application-name Application --deployment-group-name SecondGroup. After its end: aws "
        "lambda update-alias --function-name orders-worker --name live --function-version 7 --routing-config "
        'AdditionalVersionWeights={}"',
        aliases,
        codedeploy__list_deployments=lambda given: (
            refused if given["deploymentGroupName"] == "SecondGroup" else GOOD["codedeploy.list_deployments"]
        )(given),
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert {"orders-api": "7"} == _restored(calls)
    looks = [given for name, given in calls if name == "codedeploy.list_deployments"]
    assert 60 < len([each for each in looks if each["deploymentGroupName"] == "SecondGroup"])


def test_a_deployment_is_followed_through_an_outage_of_codedeploy() -> None:
    """For twelve minutes."""
    answers = iter([refuse("ThrottlingException")] * 16)

    def look(given: dict[str, Any]) -> dict[str, Any]:
        return next(answers, GOOD["codedeploy.get_deployment"])(given)

    calls, waited = _run(codedeploy__get_deployment=look)
    assert "ssm.put_parameter" in dict(calls)
    assert 12 * 60 < waited


def test_an_alias_that_is_new_already_is_not_restored() -> None:
    """A retry finds the first function done in an earlier run: its version was there before."""
    aliases = Aliases(orders_api="8")
    calls = _one_fails(
        '["orders-api keeps version 8, which has the new image","orders-worker has version 7 again",',
        aliases,
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert {"orders-worker": "7"} == _restored(calls)


def test_an_alias_that_is_new_already_and_then_changed_is_described() -> None:
    """It has weights that somebody else has set."""
    aliases = Aliases(orders_api="8")

    def create(given: dict[str, Any]) -> dict[str, Any]:
        aliases.move("orders-api", weights={"3": 0.5})
        return aliases.shift(given)

    calls = _one_fails(
        r'["orders-api has version 8 with the weights [{\"3\":0.5}]: somebody else has changed it.',
        aliases,
        codedeploy__create_deployment=create,
        codedeploy__get_deployment=_status(orders_worker="Failed"),
    )
    assert {"orders-worker": "7"} == _restored(calls)


@pytest.mark.parametrize("version", ["3", "7"])
def test_an_alias_that_somebody_moves_meanwhile_stops_all(version: str) -> None:
    """While the first shifts, somebody changes the second, if only its revision: the first is restored."""
    aliases = Aliases()

    def move(given: dict[str, Any]) -> dict[str, Any]:
        aliases.move("orders-worker", version)
        return aliases.shift(given)

    calls = _one_fails(
        "AliasChanged: orders-worker: somebody else has changed the alias since the deployment began. Retry the stage "
        'when nobody else does. Aliases now: ["orders-api has version 7 again","orders-worker has version ' + version,
        aliases,
        codedeploy__create_deployment=move,
    )
    assert {"orders-api": "7"} == _restored(calls)
    assert version == aliases.at["orders-worker"]


def test_a_wrong_result_restores_all() -> None:
    """All have shifted, and the last version has another image: none keeps the new version, and nothing is recorded."""
    looks = itertools.count()
    wrong = lambda given: function(OTHER if given.get("Qualifier") == "8" and next(looks) else APPROVED)  # noqa: E731
    calls = _one_fails(
        f"orders-cron: the alias has the image {OTHER} and not the approved {APPROVED}",
        lambda__get_function=_named("orders-cron", wrong, "lambda.get_function"),
    )
    assert dict.fromkeys(LIST.split(","), "7") == _restored(calls)
    assert "ssm.put_parameter" not in dict(calls)


@pytest.mark.parametrize(("version", "weights"), [("8", {"3": 0.9}), ("9", {})])
def test_an_alias_that_is_divided_in_the_end_is_no_success(version: str, weights: dict[str, float]) -> None:
    """While the last function shifts, somebody gives calls of the first to another version: nothing is recorded."""
    aliases = Aliases()

    def create(given: dict[str, Any]) -> dict[str, Any]:
        if "orders-cron" in _content(given):
            aliases.move("orders-api", version, weights)
        return aliases.shift(given)

    calls = _one_fails(
        f"AliasDivided: orders-api: the alias has version {version} with the weights ["
        f"{json.dumps(weights).replace(' ', '')}], and not version 8 alone",
        aliases,
        codedeploy__create_deployment=create,
    )
    assert {"orders-worker": "7", "orders-cron": "7"} == _restored(calls)
    assert (version, weights) == (aliases.at["orders-api"], aliases.weights["orders-api"])
    assert "ssm.put_parameter" not in dict(calls)


def test_one_that_cannot_be_restored_does_not_keep_the_others() -> None:
    """The message has what the alias has, and the command that restores it."""
    aliases = Aliases()
    refused = refuse("TooManyRequestsException")
    calls = _one_fails(
        '["orders-api has version 8 with the weights [{}] and is NOT restored (An error occurred '
        "(TooManyRequestsException) when calling the UpdateAlias operation (reached max retries: 0): so it is): "
        "aws lambda update-alias --function-name orders-api --name live --function-version 7 "
        '--routing-config AdditionalVersionWeights={}","orders-worker has version 7 again"',
        aliases,
        lambda__update_alias=lambda given: (refused if given["FunctionName"] == "orders-api" else aliases.update)(
            given
        ),
        lambda__get_function=_named("orders-cron", _of("8", function(OTHER)), "lambda.get_function"),
    )
    assert {"orders-worker", "orders-cron"} < _restored(calls).keys()


def test_one_that_cannot_be_looked_at_does_not_keep_the_others() -> None:
    """Its alias may have shifted: the message has the command."""
    aliases, looks = Aliases(), itertools.count()

    def look(given: dict[str, Any]) -> dict[str, Any]:
        if given["FunctionName"] == "orders-api" and next(looks) > 2:
            return refuse("ServiceException")(given)
        return aliases.see(given)

    calls = _one_fails(
        "--function-name orders-api --name live --function-version 7",
        aliases,
        lambda__get_alias=look,
        lambda__get_function=_named("orders-cron", _of("8", function(OTHER)), "lambda.get_function"),
    )
    assert {"orders-worker": "7", "orders-cron": "7"} == _restored(calls)


def test_a_record_that_cannot_be_written_takes_nothing_back() -> None:
    """All functions run the image: a retry finds nothing to shift, and writes the records."""
    calls = _one_fails("Ssm.InternalServerErrorException", ssm__put_parameter=refuse("InternalServerError"))
    assert {} == _restored(calls)
