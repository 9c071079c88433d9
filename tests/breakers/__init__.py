"""What breaks promises: functions that damage a rendered template, each in a way that one promise has to notice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.promises import Promise
from tests.rendered import Rendered

Breaker = Callable[[Rendered], object]
BREAKERS: list[tuple[str, str, str, Breaker]] = []


def breaks(promise: Promise, of: str = "standalone") -> Callable[[Breaker], Breaker]:
    """Marks a function that damages a rendered template in a way that the promise has to complain about."""

    def mark(breaker: Breaker) -> Breaker:
        BREAKERS.append((promise.__name__, breaker.__name__, of, breaker))
        return breaker

    return mark


def properties_of(template: Rendered, name: str) -> dict[str, Any]:
    """The properties of a resource."""
    return template["Resources"][name]["Properties"]  # type: ignore[no-any-return]  # JSON


def lines_of(template: Rendered, name: str) -> list[Any]:
    """The lines of the buildspec of a project, or of the code of a function."""
    properties = properties_of(template, name)
    script = properties["Source"]["BuildSpec"] if "Source" in properties else properties["Code"]["ZipFile"]
    return script["Fn::Join"][1]  # type: ignore[no-any-return]  # JSON


def statements_of(template: Rendered, role: str) -> list[dict[str, Any]]:
    """The statements of a role's own policy."""
    return properties_of(template, role)["Policies"][0]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


def statement_of(template: Rendered, role: str, sid: str) -> dict[str, Any]:
    """The statement of that name of a role's own policy."""
    (found,) = (statement for statement in statements_of(template, role) if statement.get("Sid") == sid)
    return found


def add_command(template: Rendered, name: str, command: str) -> None:
    """Adds a command to the first script of a build, after the options of the shell."""
    lines = lines_of(template, name)
    number = next(number for number, line in enumerate(lines) if isinstance(line, str) and " set -" in line)
    lines.insert(number + 1, lines[number].partition("set -")[0] + command)


def replace_in_script(template: Rendered, name: str, old: str, new: str) -> None:
    """Replaces a text that is in a script, in each line that has it."""
    lines = lines_of(template, name)
    text = json.dumps(lines)
    assert old in text
    lines[:] = json.loads(text.replace(old, new))
