"""pipeline-lambda with lists of functions: in the end all give their callers the digest, or what they gave before."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator

import pytest

from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.destinations.awslambda import add_function
from generator.emulator.trial.existing_resources import add_role
from tests.emulator.hooks import give, why
from tests.emulator.people import Stack, alarm, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM = "orders-errors"
STAGES = ("staging", "production")


def functions(stage: str) -> list[str]:
    """The functions of a stage, in the order of the list."""
    return [f"orders-{stage}", f"orders-{stage}-worker"]


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline whose deployers have two functions each, deployed once for all tests of this file.

    It has never run: whatever fails first has no earlier run to go back to.
    """
    with deployed("pipeline-lambda", deployer={"AlarmName": ALARM}) as stack:
        for stage in STAGES:
            add_function(stack.trial.cloud, functions(stage)[1], "team/orders")
            give(stack, "deployer-lambda", {"FunctionName": ",".join(functions(stage))}, stage)
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    alarm(standing, ALARM, "OK")
    for stage in STAGES:
        give(standing, "deployer-lambda", {"FunctionName": ",".join(functions(stage))}, stage)
    return standing.sound()


def images(stack: Stack, stage: str) -> list[str]:
    """Where the alias of each function of a stage leads all its callers."""
    lambda_, found = stack.trial.cloud.inside("lambda"), []
    for name in functions(stage):
        alias = lambda_.get_alias(FunctionName=name, Name="live")
        assert not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
        function = lambda_.get_function(FunctionName=name, Qualifier=alias["FunctionVersion"])
        found.append(function["Code"]["ImageUri"].rpartition("/")[2].partition("@")[2])
    return found


def recorded(stack: Stack, stage: str) -> dict[str, str]:
    """The digests in the records of the stage, by what comes after the stage."""
    path = f"/ecr-pipeline/orders/{stage}/"
    found = stack.trial.cloud.inside("ssm").get_parameters_by_path(Path=path, Recursive=True)["Parameters"]
    return {
        each["Name"].removeprefix(path): each["Value"].rpartition("@")[2]
        for each in found
        if each["Name"].endswith("/image")
    }


def by(call: Call, role: str, operation: str, function: str = "") -> bool:
    """Whether a role of a deployer makes this call, about this function."""
    about = function in ("", call.parameters.get("FunctionName"))
    return about and call.operation == operation and f"-{role}-" in call.role


def fails(stack: Stack, content: str, said: str) -> str:
    """The error of a push that fails in staging, whose aliases and records are those of before in the end."""
    before, records = images(stack, "staging"), recorded(stack, "staging")
    [failed] = run(pushed(stack, content)).failures
    stack.sound()
    assert ("Staging", True) == (failed.stage, said in str(failed.error)), failed.error
    assert before == images(stack, "staging")
    assert records == recorded(stack, "staging")
    return str(failed.error)


def nth(number: int, wanted: Callable[[Call], bool]) -> Callable[[Call], bool]:
    """Whether a call is the one of this number among those that match."""
    count = itertools.count(1)
    return lambda call: wanted(call) and next(count) == number


@pytest.mark.parametrize("name", functions("staging"))
def test_the_first_run_leaves_all_as_they_were_if_one_cannot_be_published(stack: Stack, name: str) -> None:
    """There is no earlier run that the stage could go back to, and none is needed: no alias has shifted."""
    stack.trouble.denied = lambda call: "no" if by(call, "DeployRole", "PublishVersion", name) else ""
    fails(stack, f"first without {name}", "AccessDenied")


def test_the_first_run_restores_those_that_have_shifted(stack: Stack) -> None:
    """The shift of the second function fails, after the first one has got the image."""
    api, worker = functions("staging")
    stack.trouble.denied = lambda call: "no" if by(call, "ShiftRole", "UpdateAlias", worker) else ""
    error = fails(stack, "first that is restored", f"ShiftFailed: {worker}: the deployment is Failed")
    assert f'["{api} has version 1 again","{worker} has version 1"]' in error


def test_one_approval_is_for_all_functions(stack: Stack) -> None:
    """Both functions of staging, then one request, then both of production."""
    all_the_way(stack, lambda stack, stage: set(images(stack, stage)), "together")
    assert 1 == len(stack.approver.requests)


def test_each_function_has_its_record(stack: Stack) -> None:
    """And the stage has one, as before."""
    push = pushed(stack, "recorded")
    assert [] == run(push).failures
    for stage in STAGES:
        names = ["image", *(f"{name}/image" for name in functions(stage))]
        assert dict.fromkeys(names, push.digest) == recorded(stack, stage)


def test_an_alarm_in_the_second_shift_brings_back_the_first(stack: Stack) -> None:
    """CodeDeploy brings back the second one by itself."""
    second = nth(2, lambda call: by(call, "DeployRole", "CreateDeployment"))

    def ring(call: Call) -> str:
        if second(call):
            alarm(stack, ALARM, "ALARM")
        return ""

    stack.trouble.denied = ring
    error = fails(stack, "alarm", "ShiftFailed: orders-staging-worker")
    assert "stopped by the alarm orders-errors" in why(stack, error)


def test_an_alarm_in_the_first_shift_keeps_the_second_from_beginning(stack: Stack) -> None:
    """Only one deployment was created."""
    alarm(stack, ALARM, "ALARM")
    before = len(stack.trial.cloud.calls)
    fails(stack, "alarm at once", "ShiftFailed: orders-staging:")
    created = [call for call in stack.trial.cloud.calls[before:] if call.operation == "CreateDeployment"]
    assert 1 == len(created)


def test_weights_that_codedeploy_cannot_remove_are_removed(stack: Stack) -> None:
    """Its role loses the permission in the middle of the second shift: a tenth of the calls would get the new image."""
    api, worker = functions("staging")
    later = itertools.count()
    stack.trouble.denied = lambda call: "no" if by(call, "ShiftRole", "UpdateAlias", worker) and next(later) else ""
    error = fails(stack, "divided by a failure", f"ShiftFailed: {worker}: the deployment is Failed")
    assert re.search(rf'\["{api} has version \d+ again","{worker} has version \d+ again"\]', error)
    assert 2 < next(later)


def test_an_alias_that_somebody_divides_meanwhile_is_no_success(stack: Stack) -> None:
    """While the second function shifts, somebody gives calls of the first to a third version."""
    api, lambda_ = functions("staging")[0], stack.trial.cloud.inside("lambda")
    alias = {"FunctionName": api, "Name": "live"}
    before, records = images(stack, "staging"), recorded(stack, "staging")
    second = nth(2, lambda call: by(call, "DeployRole", "CreateDeployment"))

    def divide(call: Call) -> str:
        if second(call):
            lambda_.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {"1": 0.9}})
        return ""

    version = lambda_.get_alias(**alias)["FunctionVersion"]
    stack.trouble.denied = divide
    [failed] = run(pushed(stack, "divided by somebody")).failures
    stack.sound()
    assert f"AliasDivided: {api}: the alias has version" in str(failed.error)
    assert records == recorded(stack, "staging")
    lambda_.update_alias(**alias, FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": {}})
    assert before == images(stack, "staging")


def test_one_that_cannot_be_restored_is_named_with_the_command(stack: Stack) -> None:
    """The message has all that a person needs; the run fails and records nothing."""
    api, worker = functions("staging")
    before, records = images(stack, "staging"), recorded(stack, "staging")

    def refuse(call: Call) -> str:
        shifts = by(call, "ShiftRole", "UpdateAlias", worker)
        return "not now" if shifts or by(call, "DeployRole", "UpdateAlias") else ""

    stack.trouble.denied = refuse
    push = pushed(stack, "stuck")
    [failed] = run(push).failures
    stack.sound()
    version = str(failed.error).partition("--function-version ")[2].partition(" ")[0]
    assert f"{api} has version " in str(failed.error)
    assert "and is NOT restored" in str(failed.error)
    assert f"aws lambda update-alias --function-name {api} --name live --function-version {version}" in str(
        failed.error
    )
    assert [push.digest, before[1]] == images(stack, "staging")
    assert records == recorded(stack, "staging")
    lambda_ = stack.trial.cloud.inside("lambda")
    lambda_.update_alias(FunctionName=api, Name="live", FunctionVersion=version)
    assert before == images(stack, "staging")


def unchanged(stack: Stack) -> list[str]:
    """The revisions of the functions of staging: they change with code and configuration."""
    lambda_ = stack.trial.cloud.inside("lambda")
    return [lambda_.get_function(FunctionName=name)["Configuration"]["RevisionId"] for name in functions("staging")]


def test_a_function_of_another_architecture_stops_all(stack: Stack) -> None:
    """Lambda would accept the image: no function gets it, although the first one could run it."""
    lambda_, worker = stack.trial.cloud.inside("lambda"), functions("staging")[1]
    code = lambda_.get_function(FunctionName=worker)["Code"]["ImageUri"]
    lambda_.update_function_code(FunctionName=worker, ImageUri=code, Architectures=["arm64"])
    before = unchanged(stack)
    fails(stack, "amd64 only", f"ArchitectureFailed: {worker}: the image is for linux/amd64 and the function for arm64")
    assert before == unchanged(stack)
    lambda_.update_function_code(FunctionName=worker, ImageUri=code, Architectures=["x86_64"])


def test_a_function_of_another_package_type_stops_all(stack: Stack) -> None:
    """Lambda would refuse the image when the first function has it already."""
    lambda_, archive = stack.trial.cloud.inside("lambda"), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", "def handler(event, context): pass")
    lambda_.create_function(
        FunctionName="orders-zipped",
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
        Role=add_role(stack.trial.cloud, "orders-zipped"),
    )
    lambda_.publish_version(FunctionName="orders-zipped")
    lambda_.create_alias(FunctionName="orders-zipped", Name="live", FunctionVersion="1")
    give(stack, "deployer-lambda", {"FunctionName": "orders-staging,orders-zipped"})
    before = unchanged(stack)
    fails(stack, "zipped", "PackageFailed: orders-zipped: the package type of the function is Zip")
    assert before == unchanged(stack)


def test_an_image_that_lambda_may_not_take_stops_all(stack: Stack) -> None:
    """A dry run says so before the first function is changed."""
    worker = functions("staging")[1]

    def deny(call: Call) -> str:
        dry = by(call, "DeployRole", "UpdateFunctionCode", worker) and call.parameters.get("DryRun")
        return "no" if dry else ""

    stack.trouble.denied = deny
    before = unchanged(stack)
    fails(stack, "not for Lambda", "Lambda.LambdaException")
    assert before == unchanged(stack)


def test_a_divided_alias_stops_all(stack: Stack) -> None:
    """The message has the command that resets it."""
    lambda_, worker = stack.trial.cloud.inside("lambda"), functions("staging")[1]
    version = lambda_.publish_version(FunctionName=worker)["Version"]
    lambda_.update_alias(FunctionName=worker, Name="live", RoutingConfig={"AdditionalVersionWeights": {version: 0.5}})
    before = unchanged(stack)
    [failed] = run(pushed(stack, "divided")).failures
    assert f"AliasDivided: {worker}" in str(failed.error)
    assert before == unchanged(stack)
    lambda_.update_alias(FunctionName=worker, Name="live", RoutingConfig={"AdditionalVersionWeights": {}})


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"FunctionName": "orders-staging,missing"}, "missing"),
        ({"AfterAllowTrafficHook": "orders-staging-worker"}, "HookIsFunction: orders-staging-worker"),
    ],
)
def test_a_wrong_list_stops_all(stack: Stack, parameters: dict[str, str], said: str) -> None:
    """A function that does not exist, and one that would decide about itself: the first one is not changed."""
    give(stack, "deployer-lambda", parameters)
    before = unchanged(stack)
    fails(stack, f"wrong list {said}", said)
    assert before == unchanged(stack)
    give(stack, "deployer-lambda", {"AfterAllowTrafficHook": ""})


def test_a_record_that_cannot_be_written_is_written_by_a_retry(stack: Stack) -> None:
    """All functions run the image: nothing is taken back."""
    stack.trouble.denied = lambda call: "no" if by(call, "DeployRole", "PutParameter") else ""
    image = sample(["linux/amd64"], "unrecorded")
    push = stack.trial.push(image, "v1.0.0", scan=ImageScan())
    [failed] = run(push).failures
    assert "AccessDenied" in str(failed.error)
    assert [push.digest] * 2 == images(stack, "staging")
    stack.sound()
    again = stack.trial.push(image, "v1.0.1", scan=ImageScan())
    assert [] == run(again).failures
    assert {push.digest} == set(recorded(stack, "staging").values())
