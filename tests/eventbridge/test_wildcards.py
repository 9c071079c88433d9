"""Wildcards: what they match, and how complex they make a rule."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.eventbridge.wildcards import MOST_COMPLEX, complexity, expression

PATTERN = st.lists(st.text(alphabet="ab-", min_size=1, max_size=4), min_size=1, max_size=4).map("*".join)


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ([], 0),
        (["v1"], 1),
        (["v*"], 2),  # v and v*
        (["*"], 2),  # the quote, and the star after it
        (["v*.*.*"], 5),  # three stars and two dots
        (["*-prod"], 2),
        (["*aba"], 3),  # the star, a and aba
        (["/Users/*/dir/dir/dir/dir/dir/doc.txt"], 7),
        ([f"*:stack/{name}/*" for name in "ABC"], 9),
        (["v*", "w*"], 2),  # no text begins with both
    ],
)
def test_complexity_counts_the_prefixes_that_match_one_text(patterns: list[str], found: int) -> None:
    """Prefixes end after any character or star, and the worst text counts."""
    assert found == complexity(tuple(patterns))


@pytest.mark.parametrize(
    "patterns",
    [
        ["*:*:*:*:*:event-bus/*"],  # localstack's tests record that AWS refuses it
        [f"*:stack/{name}/*" for name in "ABCD"],  # vals-ai/Valkyrie, pull request 278: three of them were accepted
        [f"*/datasync/*.{kind}" for kind in ("bif", "tif", "tiff", "svs")],
        ["*" + "-" * 10],
    ],
)
def test_patterns_that_eventbridge_called_too_complex(patterns: list[str]) -> None:
    """Rules that people could not create."""
    assert MOST_COMPLEX < complexity(tuple(patterns))


@pytest.mark.parametrize(
    "patterns",
    [
        [f"*:stack/{name}/*" for name in "ABC"],
        [f"*/datasync/*.{kind}" for kind in ("bif", "tif")],
        [f"*.{kind}" for kind in ("bif", "tiff", "tif", "svs")],
        ["arn:aws:events:us-east-1:*:event-bus/*"],
    ],
)
def test_patterns_that_eventbridge_accepted(patterns: list[str]) -> None:
    """Rules that people created."""
    assert MOST_COMPLEX >= complexity(tuple(patterns))


def _prefixes(pattern: str, text: str) -> int:
    """How many prefixes of the pattern match the text, by regular expressions."""
    quoted = f'"{pattern}"'
    return sum(expression(quoted[:length]).fullmatch(text) is not None for length in range(1, len(quoted) + 1))


@given(PATTERN, st.lists(st.text(alphabet="ab-", max_size=4), min_size=1, max_size=4))
def test_no_text_matches_more_prefixes_than_the_complexity(pattern: str, parts: list[str]) -> None:
    """Counted by another way: each prefix as a regular expression, on texts that follow the pattern."""
    text = '"' + re.sub(r"\*", lambda _: parts[0], pattern) + "".join(parts)
    most = max(_prefixes(pattern, text[:length]) for length in range(1, len(text) + 1))
    assert most <= complexity((pattern,)) or complexity((pattern,)) > MOST_COMPLEX


@given(PATTERN)
def test_a_pattern_is_at_least_as_complex_as_each_part_of_it(pattern: str) -> None:
    """Another character or star takes nothing away."""
    shorter = pattern[:-1].removesuffix("*")
    assert min(MOST_COMPLEX, complexity((shorter,))) <= complexity((pattern,))
