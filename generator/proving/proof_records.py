"""Questions to an account, and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

PASSED, FAILED, NOTED, NOT_REACHED = "passed", "failed", "noted", "not reached"
"""The result of a check. A note is something that AWS does not refuse."""
YES, NO = "yes", "no"
"""The answers to an open question. The third is NOT_REACHED."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A question to AWS, and its result."""

    area: str
    """The subject area: change sets, policies, rules, ..."""
    subject: str
    """The template, and the part of it."""
    verdict: str
    text: str = ""
    """AWS's answer, and what to do about it."""


@dataclass(frozen=True, kw_only=True)
class QuestionAnswer:
    """The answer to an open question."""

    id: str
    question: str
    verdict: str
    text: str = ""
    """The observation."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All results."""

    account: str
    region: str
    deployed: bool
    """Whether stacks were deployed, and a run was followed."""
    checks: tuple[Check, ...]
    answers: tuple[QuestionAnswer, ...]
    left: tuple[str, ...] = field(default=())
    """The remaining resources, each with the command or the time that removes it."""
    pending: tuple[str, ...] = field(default=())
    """Keys scheduled for deletion."""

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(each for each in self.checks if each.verdict == FAILED)

    def areas(self) -> Iterator[tuple[str, list[Check]]]:
        """The checks by area, in the order in which they were made."""
        for area in dict.fromkeys(each.area for each in self.checks):
            yield area, [each for each in self.checks if each.area == area]
