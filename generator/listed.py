"""A list, where policies, templates and events may write a single value."""

from __future__ import annotations

from typing import Any


def listed(value: Any) -> list[Any]:
    """The value as a list."""
    return value if isinstance(value, list) else [value]
