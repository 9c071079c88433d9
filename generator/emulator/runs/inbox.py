"""What others tell CodePipeline while an action waits: the results of jobs, and the answers to approvals."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.operations import Operations, answered


class Question(NamedTuple):
    """What an action waits for: the id of a job, or the token of an approval and where it belongs."""

    token: str
    place: tuple[str, ...] = ()


class Inbox:
    """Questions that are open, and the answers to them: each is answered once."""

    def __init__(self) -> None:
        self._arrival = threading.Condition()
        self._answers: dict[Question, Mapping[str, Any] | None] = {}

    def ask(self, question: Question) -> None:
        """From now on an answer is taken."""
        with self._arrival:
            self._answers[question] = None

    def answer(self, question: Question, *, seconds: float) -> Mapping[str, Any] | None:
        """What came, None where nothing came in this time."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._answers[question] is not None, timeout=seconds)
            return self._answers[question]

    def operations(self) -> Operations:
        """The operations of CodePipeline that answer.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobSuccessResult.html
        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html
        """
        return {
            ("codepipeline", "PutJobSuccessResult"): self._job,
            ("codepipeline", "PutJobFailureResult"): self._job,
            ("codepipeline", "PutApprovalResult"): self._approval,
        }

    def _job(self, call: Call) -> Answer:
        question = Question(call.parameters["jobId"])
        return self._take(call, question, unknown="JobNotFoundException", late="InvalidJobStateException")

    def _approval(self, call: Call) -> Answer:
        names = ("pipelineName", "stageName", "actionName")
        question = Question(call.parameters["token"], tuple(call.parameters[name] for name in names))
        unknown, late = "InvalidApprovalTokenException", "ApprovalAlreadyCompletedException"
        return self._take(call, question, unknown=unknown, late=late)

    def _take(self, call: Call, question: Question, *, unknown: str, late: str) -> Answer:
        with self._arrival:
            if question not in self._answers:
                return refusal(call, unknown, "Nothing waits for this answer")
            if self._answers[question] is not None:
                return refusal(call, late, "This has been answered already")
            self._answers[question] = call.parameters
            self._arrival.notify_all()
        return answered({})
