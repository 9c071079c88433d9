"""Wildcards of event patterns: what they match, and how complex they make a rule.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import lru_cache

_STAR = -1
Reached = tuple[int, int]
"""The number of a pattern, and the length of the prefix that has matched so far."""
# EventBridge refuses a rule that is too complex and does not document the limit. Its engine, aws/event-ruler, measures
# complexity as below (MachineComplexityEvaluator). This number fits all observations that were found: EventBridge
# accepts 9 (three patterns `*:stack/NAME/*` for one field) and refuses 11 (AWS's own example, `*:*:*:*:*:event-bus/*`,
# in the tests of localstack) and 12 (four patterns `*:stack/NAME/*`: vals-ai/Valkyrie, pull request 278).
MOST_COMPLEX = 10


class PatternError(ValueError):
    """A pattern that EventBridge refuses (InvalidEventPatternException)."""


def expression(pattern: str) -> re.Pattern[str]:
    r"""The regular expression of a pattern, in which * is any characters, \* a star and \\ a backslash."""
    return re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in _parts(pattern)), re.DOTALL)


@lru_cache(maxsize=1024)
def complexity(patterns: tuple[str, ...]) -> int:
    """How many prefixes of the patterns can match one text at the same time.

    Counting stops at one more than MOST_COMPLEX.

    The patterns are those of one field. A prefix ends after any character or star. As in AWS, a text is in quotes.
    """
    machines = [_bytes(pattern) for pattern in dict.fromkeys(patterns)]
    signs = {sign for machine in machines for sign in machine} | {_STAR}  # the star is for any byte that no pattern has
    start = frozenset((number, 0) for number in range(len(machines)))
    seen, waiting, most = {start}, [start], 0
    while waiting and most <= MOST_COMPLEX:
        active = waiting.pop()
        for sign in signs:
            following = frozenset(_step(machines, active, sign))
            if following not in seen:
                seen.add(following)
                waiting.append(following)
                most = max(most, len(following))
    return most


def _step(machines: list[list[int]], active: Iterable[Reached], sign: int) -> Iterable[Reached]:
    """The active prefixes after one more byte."""
    for number, length in active:
        machine = machines[number]
        if length and machine[length - 1] == _STAR:
            yield from _with_star(machine, number, length)
        if length < len(machine) and machine[length] == sign != _STAR:
            yield from _with_star(machine, number, length + 1)


def _with_star(machine: list[int], number: int, length: int) -> Iterable[Reached]:
    """The prefix, and the one with the star that follows: a star may match nothing."""
    yield number, length
    if length < len(machine) and machine[length] == _STAR:
        yield number, length + 1


def _bytes(pattern: str) -> list[int]:
    text = [[_STAR] if part == "*" else list(part[-1].encode()) for part in _parts(pattern)]
    return [ord('"'), *(sign for signs in text for sign in signs), ord('"')]


def _parts(pattern: str) -> list[str]:
    """The parts of a pattern: characters, stars, and escaped ones of both."""
    parts = re.findall(r"\\[*\\]|[^\\]|\\", pattern, re.DOTALL)
    if "\\" in parts:
        raise PatternError(f"Invalid escape character at pos {sum(map(len, parts[: parts.index(chr(92))]))}")
    for number, pair in enumerate(itertools.pairwise(parts)):
        if pair == ("*", "*"):
            raise PatternError(f"Consecutive wildcard characters at pos {sum(map(len, parts[:number]))}")
    return parts
