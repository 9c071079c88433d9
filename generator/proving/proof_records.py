"""What was asked of an account, and what it answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

PASSED, FAILED, NOTED, NOT_REACHED = "passed", "failed", "noted", "not reached"
"""How a check ended. A note is nothing that AWS refuses."""
YES, NO = "yes", "no"
"""The answers to an open question, beside NOT_REACHED."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that was asked of AWS."""

    area: str
    """What it is about: change sets, policies, rules, ..."""
    subject: str
    """The template, and the part of it."""
    verdict: str
    text: str = ""
    """What AWS said, and what to do about it."""


@dataclass(frozen=True, kw_only=True)
class QuestionAnswer:
    """The answer to an open question."""

    id: str
    question: str
    verdict: str
    text: str = ""
    """What was seen."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All of it."""

    account: str
    region: str
    deployed: bool
    """Whether stacks were deployed, and a run was followed."""
    checks: tuple[Check, ...]
    answers: tuple[QuestionAnswer, ...]
    left: tuple[str, ...] = field(default=())
    """What is still there, each with the command or the time that removes it."""
    pending: tuple[str, ...] = field(default=())
    """Keys that wait for their deletion."""

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(each for each in self.checks if each.verdict == FAILED)

    def areas(self) -> Iterator[tuple[str, list[Check]]]:
        """The checks by what they are about, in the order in which they were made."""
        for area in dict.fromkeys(each.area for each in self.checks):
            yield area, [each for each in self.checks if each.area == area]
