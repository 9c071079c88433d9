"""Tags and patterns of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.lifecycle.tag_patterns import STAGE_TAGS, can_match, matches, stage_tags

PATTERN = st.text("ab*", max_size=7)
TEXT = st.text("ab", max_size=8)


@example("a*a", "a")
@example("*a*a*", "ba")
@example("*ab*b", "ab")
@given(PATTERN, TEXT)
def test_a_star_matches_any_characters(pattern: str, text: str) -> None:
    """The same answer as of a regular expression, in which a * is any text and all else itself."""
    assert bool(re.fullmatch(pattern.replace("*", ".*"), text)) == matches(pattern, text)


@given(PATTERN, PATTERN, TEXT)
def test_a_pattern_that_matches_a_pattern_matches_all_that_it_matches(wide: str, narrow: str, text: str) -> None:
    """`v*` matches `v1*`: whatever `v1*` matches."""
    assert not (matches(wide, narrow) and matches(narrow, text)) or matches(wide, text)


@given(PATTERN, PATTERN, st.text("ab", max_size=3))
def test_a_pattern_that_does_not_match_the_other_leaves_something_out(wide: str, narrow: str, other: str) -> None:
    """Where the answer is no, there is a text that the other one matches alone: with a new character for each star."""
    text = narrow.replace("*", f"c{other}")
    assert matches(narrow, text)
    assert matches(wide, narrow) or not matches(wide, narrow.replace("*", "c"))


@pytest.mark.parametrize("pattern", ["v*", "*", "_*", "latest", "v1.2-x_*", "*-prod", "9"])
def test_possible_tags(pattern: str) -> None:
    """Letters, digits, and inside dots and dashes."""
    assert can_match(pattern)


@pytest.mark.parametrize("pattern", ["", "-v*", ".x", "feature/*", "v 1", "v?", "é*", "v*\n", "[ab]*"])
def test_impossible_tags(pattern: str) -> None:
    """Characters that no tag holds, or does not begin with."""
    assert not can_match(pattern)


def test_tags_of_stages() -> None:
    """An underscore and lower-case letters, as the pipeline sets them, and nothing else."""
    tags = ("v1", "_production", "_Production", "_staging2", "__x", "x_staging", "_", "_eu")
    assert ("_production", "_eu") == stage_tags(tags)
    assert STAGE_TAGS == stage_tags(STAGE_TAGS)
