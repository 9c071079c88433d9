"""Events that an open action of CodePipeline waits for: the results of jobs, and the answers to approvals."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.cloudformation.refusals import RefusedError


class Question(NamedTuple):
    """The subject of an action's wait: the id of a job, or the token of an approval and its place."""

    token: str
    place: tuple[str, ...] = ()


class Inbox:
    """Open questions and the answers to them. Each is answered once."""

    def __init__(self) -> None:
        self._arrival = threading.Condition()
        self._answers: dict[Question, Mapping[str, Any] | None] = {}

    def ask(self, question: Question) -> None:
        """Accept an answer from now on."""
        with self._arrival:
            self._answers[question] = None

    def open(self, place: tuple[str, ...]) -> str:
        """The token of the open question at a place, "" if there is none."""
        with self._arrival:
            waiting = [each.token for each, answer in self._answers.items() if each.place == place and answer is None]
            return "".join(waiting[-1:])

    def put(self, question: Question, answer: Mapping[str, Any], *, unknown: str, late: str) -> None:
        """Answer a question. RefusedError, with one of these codes, if it is unknown or already answered."""
        with self._arrival:
            if question not in self._answers:
                raise RefusedError("Nothing waits for this answer", unknown)
            if self._answers[question] is not None:
                raise RefusedError("This has been answered already", late)
            self._answers[question] = answer
            self._arrival.notify_all()

    def answer(self, question: Question, *, seconds: float) -> Mapping[str, Any] | None:
        """The answer, or None if there is none within this time."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._answers[question] is not None, timeout=seconds)
            return self._answers[question]
