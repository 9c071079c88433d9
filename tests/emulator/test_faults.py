"""Every fault in each AWS call of a build, and of the recorder: the run reports it, and a retry passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.services.ecr import ImageScan
from tests.emulator.people import APPROVED, Stack, deployed

pytestmark = pytest.mark.slow

PATIENCE = 2.0
Fault = Callable[[Call], Answer]


def refused(call: Call) -> Answer:
    """IAM's refusal."""
    return refusal(call, "AccessDeniedException", "not authorized to perform this")


def throttled(call: Call) -> Answer:
    """The answer of a busy service."""
    return refusal(call, "ThrottlingException", "Rate exceeded")


def timed_out(_call: Call) -> Answer:
    """An answer that comes too late."""
    return Answer(200, b"{}", seconds=PATIENCE + 1)


def rubbish(_call: Call) -> Answer:
    """An answer that no service gives."""
    return Answer(200, b"<html>welcome to the hotel</html>")


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The smallest pipeline, deployed once for all tests of this file, with builds that wait for nothing long."""
    with deployed("pipeline-release", patience=PATIENCE) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without faults, and without an approver: each run stops at the approval."""
    standing.sound().approver.says = lambda: None
    return standing


def fail(stack: Stack, role: str, operation: str, fault: Fault) -> None:
    """From now on each such call of the role fails."""

    def answer(call: Call) -> Answer | None:
        asked = f"{call.service}:{call.operation}"
        return fault(call) if asked == operation and f"-{role}-" in call.role else None

    stack.trouble.fault = answer


def artifacts(stack: Stack) -> int:
    """How many artifacts there are."""
    s3 = stack.trial.cloud.inside("s3")
    return sum(s3.list_objects_v2(Bucket=bucket["Name"])["KeyCount"] for bucket in s3.list_buckets()["Buckets"])


def said(execution: Execution) -> str:
    """The message of the failed action."""
    [failed] = execution.failures
    return failed.error


@pytest.mark.parametrize(
    ("operation", "faults", "says"),
    [
        ("ecr:GetAuthorizationToken", [refused, throttled, timed_out, rubbish], "Check ecr:GetAuthorizationToken"),
        ("ecr:BatchGetImage", [refused, throttled, timed_out, rubbish], "Check ecr:BatchGetImage"),
        ("ecr:DescribeImages", [refused, throttled, timed_out, rubbish], "Check ecr:DescribeImages"),
        ("ecr:GetDownloadUrlForLayer", [refused, throttled, rubbish], "Check ecr:GetDownloadUrlForLayer"),
        ("ecr:DescribeImageScanFindings", [refused, timed_out], "Check ecr:DescribeImageScanFindings"),
        ("ecr:DescribeImageScanFindings", [rubbish], "No scan of linux/amd64 (NO_STATUS)"),
        ("s3:GetObject", [refused], "GetObject by "),
        ("s3:PutObject", [refused], "PutObject by "),
        ("logs:CreateLogStream", [refused], "CreateLogStream by "),
        ("ec2:CreateNetworkInterface", [refused], "CreateNetworkInterface by "),
    ],
)
def test_a_build_fails_with_one_clear_message_and_a_retry_succeeds(
    stack: Stack, operation: str, faults: list[Fault], says: str
) -> None:
    """For any fault in Inspect: the stage fails and says what to check, no contract is left, a retry passes."""
    for number, fault in enumerate(faults):
        fail(stack, "InspectRole", operation, fault)
        if number == 0:
            push = stack.trial.push(sample(["linux/amd64"], operation + says), "v1", scan=ImageScan())
            assert push.execution is not None
            execution, before = push.execution, artifacts(stack)
        else:
            stack.trial.retry(execution)
        told = said(execution)
        assert says in told, fault.__name__
        assert told.count("Inspect: ") == (0 if " by " in says else 1), told
        assert ["Source"] == execution.succeeded
        assert {"Image"} == execution.artifacts.keys()
        assert before == artifacts(stack)
    stack.sound().approver.says = lambda: None
    stack.trial.retry(execution)
    assert ["Source", "Inspect"] == execution.succeeded


def test_a_scan_result_that_is_throttled_for_a_while_is_waited_for(stack: Stack) -> None:
    """Throttling while the build polls is not the end: it polls on."""
    left = [throttled] * 3

    def answer(call: Call) -> Answer | None:
        return left.pop()(call) if call.operation == "DescribeImageScanFindings" and left else None

    stack.trouble.fault = answer
    push = stack.trial.push(sample(["linux/amd64"], "throttled"), "v1", scan=ImageScan())
    assert push.execution is not None
    assert [] == left
    assert ["Source", "Inspect"] == push.execution.succeeded


def test_a_record_that_fails_is_reported_and_a_retry_writes_it(stack: Stack) -> None:
    """Each call of the function that records is refused: the action fails, says which, and a retry does the rest."""
    operations = ("ecr:BatchGetImage", "ecr:PutImage", "ssm:PutParameter")
    stack.approver.says = lambda: APPROVED
    fail(stack, "RecorderRole", operations[0], refused)
    image = sample(["linux/amd64"], "recorded in the end")
    push = stack.trial.push(image, "v1", scan=ImageScan())
    assert push.execution is not None
    for operation in operations:
        fail(stack, "RecorderRole", operation, refused)
        stack.trial.retry(push.execution)
        assert operation.partition(":")[2] in said(push.execution)
        assert ["Source", "Inspect", "Approval"] == push.execution.succeeded
    stack.sound()
    stack.trial.retry(push.execution)
    assert "Succeeded" == push.execution.status
    name = "/ecr-pipeline/orders/release/image"
    value = stack.trial.cloud.inside("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert value.endswith(image.digest)


def test_a_function_that_says_nothing_fails_its_action(stack: Stack) -> None:
    """Without a result CodePipeline would wait until the time limit: here it is reported at once."""

    def answer(call: Call) -> Answer | None:
        return refused(call) if call.operation in ("PutJobSuccessResult", "PutJobFailureResult") else None

    stack.trouble.fault = answer
    push = stack.trial.push(sample(["linux/amd64"], "says nothing"), "v1", scan=ImageScan())
    assert push.execution is not None
    assert "without PutJobSuccessResult or PutJobFailureResult" in said(push.execution)
