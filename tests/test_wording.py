"""The pages are plain English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.wording import PLAINER, riddles, stumbling_blocks

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/templates/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_has_a_phrase_that_readers_stumble_over(page: Path) -> None:
    """Outside of code, whose words are those of programs."""
    found = [
        f"{number}: {block}"
        for number, line in enumerate(_prose(page).splitlines(), 1)
        for block in stumbling_blocks(line)
    ]
    assert [] == found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_has_a_clause_as_a_subject(page: Path) -> None:
    """`What runs is recorded` must be read twice; paragraphs, items and cells begin a sentence each."""
    assert [] == [riddle for part in re.split(r"\n\n|\n *- |\|", _prose(page)) for riddle in riddles(part)]


def _prose(page: Path) -> str:
    """The page without code and without the addresses of links."""
    text = re.sub(r"\]\([^)\s]*\)", "]", page.read_text(encoding="utf-8"))
    return re.sub(r"```.*?```|`[^`\n]*`|^ {4}[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_each_phrase_is_found() -> None:
    """In any case, as a word of its own; a stand-in does not stand anywhere."""
    assert ["'Tell' (better: show, say, report)"] == list(stumbling_blocks("Tell the tale of a stand-in."))
    assert ["'has to' (better: must)"] == list(stumbling_blocks("It has to understand lieutenants."))
    assert all(PLAINER.values())


def test_each_riddle_is_found() -> None:
    """Questions and labels are none, nor is a sentence that has such a clause at its end."""
    assert ["What runs is recorded."] == list(riddles("It is short. What runs\nis recorded. Read it."))
    assert ["Who pushes decides."] == list(riddles("Who pushes decides."))
    assert [] == list(riddles("What runs? The record shows what runs. What stays: buckets. What stays"))
