"""Suggestions for mistyped words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST = 3


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """` (did you mean X or Y?)` if one of the known words, or several equally, is close; otherwise an empty text."""
    # Case is the likeliest slip of all, and difflib counts it as heavily as a wrong letter.
    words = {word.lower(): word for word in known}
    typed = given.lower()
    close = difflib.get_close_matches(typed, words, n=len(words) or 1)
    if not close:
        return ""
    # Letters in another order are the next likeliest slip, which difflib counts as a wrong letter.
    nearest = [each for each in close if sorted(each) == sorted(typed)] or _equally_near(typed, close)
    *first, last = sorted(words[each] for each in nearest[:_MOST])
    return f" (did you mean {', '.join(first)}{' or ' if first else ''}{last}?)"


def _equally_near(typed: str, close: list[str]) -> list[str]:
    """Those that are as similar as the best."""
    similar = {each: difflib.SequenceMatcher(None, each, typed).ratio() for each in close}
    return [each for each in close if similar[each] == max(similar.values())]
