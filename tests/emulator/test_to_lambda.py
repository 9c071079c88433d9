"""pipeline-lambda, all the way: an alias shifts to a version of the digest, or back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from generator.emulator.programs.images import sample
from generator.emulator.services.ecr import ImageScan
from tests.emulator.people import Stack, alarm, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow

ALARM = "orders-errors"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers, whose deployments an alarm stops; deployed once for all tests of this file."""
    with deployed("pipeline-lambda", deployer={"AlarmName": ALARM}) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    alarm(standing, ALARM, "OK")
    return standing.sound()


def digests(stack: Stack, place: str) -> set[str]:
    """Where the alias of a function leads all its callers."""
    lambda_ = stack.trial.cloud.inside("lambda")
    alias = lambda_.get_alias(FunctionName=f"orders-{place}", Name="live")
    assert not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    function = lambda_.get_function(FunctionName=f"orders-{place}", Qualifier=alias["FunctionVersion"])
    return {function["Code"]["ImageUri"].rpartition("@")[2]}


def test_the_alias_shifts_to_a_version_of_the_digest(stack: Stack) -> None:
    """The state machine of each stage does it, with nothing but its role."""
    all_the_way(stack, digests, "to lambda")


def test_an_index_is_stopped_in_inspect(stack: Stack) -> None:
    """Lambda runs single images only: the message has the command that makes one, and no function is changed."""
    before = digests(stack, "staging")
    index = sample(["linux/amd64", "linux/arm64"], "an index")
    [failed] = run(stack.trial.push(index, "v1.0.0", scan=ImageScan())).failures
    assert "Inspect" == failed.stage
    assert "docker buildx build --provenance=false" in str(failed.error)
    assert before == digests(stack, "staging")


def test_an_image_of_another_architecture_changes_no_function(stack: Stack) -> None:
    """Lambda would accept it, and fail when the function is called."""
    lambda_ = stack.trial.cloud.inside("lambda")
    before = lambda_.get_function(FunctionName="orders-staging")["Code"]["ImageUri"]
    [failed] = run(stack.trial.push(sample(["linux/arm64"], "arm"), "v1.0.0", scan=ImageScan())).failures
    assert ("Staging", True) == (failed.stage, "ArchitectureFailed" in str(failed.error))
    assert before == lambda_.get_function(FunctionName="orders-staging")["Code"]["ImageUri"]


def test_an_alias_with_weights_stops_the_stage(stack: Stack) -> None:
    """Callers would get two images: the message has the command that resets the alias."""
    lambda_ = stack.trial.cloud.inside("lambda")
    alias = {"FunctionName": "orders-staging", "Name": "live"}
    version = lambda_.publish_version(FunctionName="orders-staging")["Version"]
    lambda_.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {version: 0.5}})
    [failed] = run(pushed(stack, "divided")).failures
    assert ("Staging", True) == (failed.stage, "AdditionalVersionWeights={}" in str(failed.error))
    lambda_.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {}})
    assert [] == run(pushed(stack, "undivided")).failures


def test_the_history_of_executions_is_encrypted(stack: Stack) -> None:
    """Step Functions uses the key of the platform with the role of the state machine, and with that of a reader."""
    run(pushed(stack, "history"))
    asked = {
        (call.operation, call.role.rpartition("/")[2].split("-")[-2])
        for call in stack.trial.cloud.calls
        if call.service == "kms" and "aws:states:stateMachineArn" in (call.parameters.get("EncryptionContext") or {})
    }
    assert {("GenerateDataKey", "DeployRole"), ("Decrypt", "DeployRole")} <= asked


def test_lambda_refuses_an_index(stack: Stack) -> None:
    """In AWS's words: a deployment without Inspect gets the error here, and not only in an account."""
    index = sample(["linux/amd64", "linux/arm64"], "past Inspect")
    stack.trial.push(index, "v1.0.0", scan=ImageScan())
    repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
    lambda_ = stack.trial.cloud.inside("lambda")
    with pytest.raises(ClientError, match="media type for the source image"):
        lambda_.update_function_code(FunctionName="orders-staging", ImageUri=f"{repository}@{index.digest}")


def test_an_alarm_rolls_the_alias_back(stack: Stack) -> None:
    """The deployment fails, and with it the stage; callers get the previous version."""
    good = pushed(stack, "good")
    alarm(stack, ALARM, "ALARM")
    [failed] = run(pushed(stack, "bad")).failures
    assert ("Staging", True) == (failed.stage, "ShiftFailed" in failed.error)
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")
