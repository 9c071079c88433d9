"""CodePipeline accepts each answer once, to an open question."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.runs.inbox import Inbox, Question

PLACE = ("orders", "Approval", "Approve")


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An emulated AWS in which nothing waits yet."""
    with emulator() as cloud:
        yield cloud


def succeed(aws: Emulator, job: str, **more: Any) -> None:
    """Report the success of a job."""
    aws.client("codepipeline").put_job_success_result(jobId=job, **more)


def fail(aws: Emulator, job: str) -> None:
    """Report the failure of a job."""
    aws.client("codepipeline").put_job_failure_result(jobId=job, failureDetails={"type": "JobFailed", "message": "no"})


def approve(aws: Emulator, token: str, *, stage: str = "Approval") -> None:
    """Approve the action that was asked for."""
    where = {"pipelineName": PLACE[0], "stageName": stage, "actionName": PLACE[2]}
    result = {"status": "Approved", "summary": "fine"}
    aws.client("codepipeline").put_approval_result(**where, token=token, result=result)


def test_the_result_of_a_job_arrives(aws: Emulator) -> None:
    """The action that waits for the job reads what the function reported."""
    question = Question("job-1")
    aws.memory(Inbox).ask(question)
    succeed(aws, "job-1", outputVariables={"A": "1"})
    given = aws.memory(Inbox).answer(question, seconds=0)
    assert given is not None
    assert {"A": "1"} == given["outputVariables"]


def test_an_answer_is_waited_for(aws: Emulator) -> None:
    """It may come later, from another thread."""
    question = Question("job-1")
    aws.memory(Inbox).ask(question)
    later = threading.Timer(0.05, fail, (aws, "job-1"))
    later.start()
    assert aws.memory(Inbox).answer(question, seconds=10) is not None
    later.join()


def test_without_an_answer_there_is_none() -> None:
    """No answer is not the same as any answer."""
    inbox, question = Inbox(), Question("job-1")
    inbox.ask(question)
    assert inbox.answer(question, seconds=0) is None


def test_an_unknown_question_cannot_be_answered(aws: Emulator) -> None:
    """A job that does not exist is refused."""
    aws.memory(Inbox).ask(Question("job-1"))
    with pytest.raises(ClientError, match="JobNotFoundException"):
        succeed(aws, "job-2")


def test_a_job_ends_once(aws: Emulator) -> None:
    """A second result of the same job is refused, and does not change the first."""
    question = Question("job-1")
    aws.memory(Inbox).ask(question)
    fail(aws, "job-1")
    with pytest.raises(ClientError, match="InvalidJobStateException"):
        succeed(aws, "job-1")
    given = aws.memory(Inbox).answer(question, seconds=0)
    assert given is not None
    assert "failureDetails" in given


def test_an_approval_needs_its_token_and_its_place(aws: Emulator) -> None:
    """A token is good for one action, once."""
    aws.memory(Inbox).ask(Question("token", PLACE))
    for token, stage in (("another", "Approval"), ("token", "Production")):
        with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
            approve(aws, token, stage=stage)
    approve(aws, "token")
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        approve(aws, "token")


def test_an_open_question_is_found_by_its_place() -> None:
    """Until it is answered. A question at another place, and a job, are not it."""
    inbox = Inbox()
    inbox.ask(Question("job"))
    inbox.ask(Question("token", PLACE))
    assert ("token", "") == (inbox.open(PLACE), inbox.open(("orders", "Other", "Approve")))
    inbox.put(Question("token", PLACE), {}, unknown="Unknown", late="Late")
    assert "" == inbox.open(PLACE)
