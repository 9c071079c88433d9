"""The questions that `prove` answers are those of docs/unproved.md."""

from __future__ import annotations

import re
from pathlib import Path

from generator.proving.open_questions import IMPORT, answered, unanswered
from generator.proving.proof_records import NO, NOT_REACHED, QuestionAnswer

PAGE = (Path(__file__).parents[2] / "docs" / "unproved.md").read_text(encoding="utf-8")


def test_every_question_of_the_page_is_answered() -> None:
    """Word by word, in the order of the page; links are left out."""
    cells = [line.split(" | ")[0].removeprefix("| ") for line in PAGE.splitlines() if line.startswith("| ")]
    asked = [re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", cell) for cell in cells if cell.endswith("?")]
    assert asked == [each.question for each in unanswered().values()]


def test_an_answer_replaces_the_open_question() -> None:
    """The order stays, and the others are not reached, each with a reason."""
    found = QuestionAnswer(id=IMPORT, question=unanswered()[IMPORT].question, verdict=NO, text="seen")
    answers = answered([found])
    assert list(unanswered()) == [each.id for each in answers]
    assert [found] == [each for each in answers if each.verdict != NOT_REACHED]
    assert all(each.text for each in answers)
