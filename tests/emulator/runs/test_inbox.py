"""CodePipeline takes each answer once, from whoever was asked."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from generator.emulator.front.answers import Answer
from generator.emulator.runs.inbox import Inbox, Question
from tests.emulator.called import call

PLACE = ("orders", "Approval", "Approve")


def put(inbox: Inbox, operation: str, **parameters: Any) -> Answer:
    """The answer to a call."""
    given = inbox.operations()[("codepipeline", operation)](call("codepipeline", operation, **parameters))
    assert given is not None
    return given


def approve(inbox: Inbox, token: str, *, stage: str = "Approval") -> Answer:
    """An approval of the action that was asked for."""
    where = {"pipelineName": PLACE[0], "stageName": stage, "actionName": PLACE[2]}
    return put(inbox, "PutApprovalResult", **where, token=token, result={"status": "Approved", "summary": "fine"})


def test_the_result_of_a_job_arrives() -> None:
    """Whoever waits for the job reads what the function said."""
    inbox, question = Inbox(), Question("job-1")
    inbox.ask(question)
    assert 200 == put(inbox, "PutJobSuccessResult", jobId="job-1", outputVariables={"A": "1"}).status
    given = inbox.answer(question, seconds=0)
    assert given is not None
    assert {"A": "1"} == given["outputVariables"]


def test_an_answer_is_waited_for() -> None:
    """It may come later, from another thread."""
    inbox, question = Inbox(), Question("job-1")
    inbox.ask(question)
    later = threading.Timer(0.05, put, (inbox, "PutJobFailureResult"), {"jobId": "job-1", "failureDetails": {}})
    later.start()
    assert inbox.answer(question, seconds=10) is not None
    later.join()


def test_without_an_answer_there_is_none() -> None:
    """Silence is told apart from every answer."""
    inbox, question = Inbox(), Question("job-1")
    inbox.ask(question)
    assert inbox.answer(question, seconds=0) is None


@pytest.mark.parametrize("job", ["job-2", ""])
def test_nobody_answers_what_was_not_asked(job: str) -> None:
    """A job that does not exist is refused."""
    inbox = Inbox()
    inbox.ask(Question("job-1"))
    assert b"JobNotFoundException" in put(inbox, "PutJobSuccessResult", jobId=job).body


def test_a_job_ends_once() -> None:
    """A second result of the same job is refused, and does not change the first."""
    inbox, question = Inbox(), Question("job-1")
    inbox.ask(question)
    put(inbox, "PutJobFailureResult", jobId="job-1", failureDetails={"type": "JobFailed", "message": "no"})
    assert b"InvalidJobStateException" in put(inbox, "PutJobSuccessResult", jobId="job-1").body
    given = inbox.answer(question, seconds=0)
    assert given is not None
    assert "failureDetails" in given


def test_an_approval_needs_its_token_and_its_place() -> None:
    """A token is good for one action, once."""
    inbox = Inbox()
    inbox.ask(Question("token", PLACE))
    assert b"InvalidApprovalTokenException" in approve(inbox, "another").body
    assert b"InvalidApprovalTokenException" in approve(inbox, "token", stage="Production").body
    assert 200 == approve(inbox, "token").status
    assert b"ApprovalAlreadyCompletedException" in approve(inbox, "token").body
