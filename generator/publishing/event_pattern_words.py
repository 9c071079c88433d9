"""Event patterns of EventBridge, a line for each field, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.cloudformation.arguments import is_function
from generator.prose import plain


def pattern_lines(pattern: Any, path: str = "") -> Iterator[str]:
    """A line for each field that an event must have: `detail.result: SUCCESS`. All of the lines must hold.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    for key, value in pattern.items():
        place = f"{path}{key}"
        if key == "$or":
            yield " or ".join(f"({' and '.join(pattern_lines(each, path))})" for each in value)
        elif isinstance(value, dict) and not is_function(value):
            yield from pattern_lines(value, f"{place}.")
        else:
            choices = value if isinstance(value, list) else [value]
            yield f"{place}: {' or '.join(f'`{_choice(each)}`' for each in choices)}"


def _choice(value: Any) -> str:
    """A value that matches, or an operator and its operand."""
    if isinstance(value, dict) and not is_function(value):
        return ", ".join(f"{operator} {plain(operand)}" for operator, operand in value.items())
    return plain(value)
