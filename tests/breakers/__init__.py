"""What breaks promises: functions that damage a rendered template, each in a way that one promise has to notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.promises import Promise
from tests.rendered import Rendered

Breaker = Callable[[Rendered], object]
BREAKERS: list[tuple[str, str, str, Breaker]] = []


def breaks(promise: Promise, of: str = "pipeline-release") -> Callable[[Breaker], Breaker]:
    """Marks a function that damages a rendered template in a way that the promise has to complain about."""

    def mark(breaker: Breaker) -> Breaker:
        BREAKERS.append((promise.__name__, breaker.__name__, of, breaker))
        return breaker

    return mark


def properties_of(template: Rendered, name: str) -> dict[str, Any]:
    """The properties of a resource."""
    return template["Resources"][name]["Properties"]  # type: ignore[no-any-return]  # JSON


def statements_of(template: Rendered, role: str) -> list[dict[str, Any]]:
    """The statements of a role's own policy."""
    return properties_of(template, role)["Policies"][0]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


def statement_of(template: Rendered, role: str, sid: str) -> dict[str, Any]:
    """The statement of that name of a role's own policy."""
    (found,) = (statement for statement in statements_of(template, role) if statement.get("Sid") == sid)
    return found
