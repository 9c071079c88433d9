"""Policies, templates and events say one thing by itself and several in a list."""

from __future__ import annotations

from typing import Any


def listed(value: Any) -> list[Any]:
    """The value as a list."""
    return value if isinstance(value, list) else [value]
