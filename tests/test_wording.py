"""The pages are plain English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.wording import PLAINER, stumbling_blocks

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/templates/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_has_a_phrase_that_readers_stumble_over(page: Path) -> None:
    """Outside of code, whose words are those of programs."""
    text = re.sub(
        r"```.*?```|`[^`\n]*`|^ {4}[^\n]*$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    found = [
        f"{number}: {block}" for number, line in enumerate(text.splitlines(), 1) for block in stumbling_blocks(line)
    ]
    assert [] == found


def test_each_phrase_is_found() -> None:
    """In any case, as a word of its own; a stand-in does not stand anywhere."""
    assert ["'Tell' (better: show, say, report)"] == list(stumbling_blocks("Tell the tale of a stand-in."))
    assert ["'has to' (better: must)"] == list(stumbling_blocks("It has to understand lieutenants."))
    assert all(PLAINER.values())
