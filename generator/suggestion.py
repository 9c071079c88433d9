"""Suggestions for mistyped words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """` (did you mean X?)` if one of the known words is close, otherwise an empty text."""
    # Case is the likeliest slip of all, and difflib counts it as heavily as a wrong letter.
    words = {word.lower(): word for word in known}
    close = difflib.get_close_matches(given.lower(), words, n=1)
    return f" (did you mean {words[close[0]]}?)" if close else ""
