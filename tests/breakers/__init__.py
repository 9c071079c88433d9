"""Breakers: functions that damage a rendered template, each in a way that one promise must notice.

The breakers of the promises in tests/promises/NAME.py are in tests/breakers/NAME.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.promises import Promise
from tests.rendered import Rendered, alternatives

Breaker = Callable[[Rendered], object]
BREAKERS: list[tuple[str, str, str, Breaker]] = []
ALWAYS = {"Fn::Equals": ["yes", "yes"]}  # a condition that is always true
NEVER = {"Fn::Equals": ["yes", "no"]}  # a condition that is never true


def breaks(promise: Promise, of: str = "standalone") -> Callable[[Breaker], Breaker]:
    """Marks a function that damages a rendered template in a way that the promise must notice."""

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
    every = (statement.get("Fn::If", [None, statement])[1] for statement in statements_of(template, role))
    (found,) = (statement for statement in every if statement.get("Sid") == sid)
    return found  # type: ignore[no-any-return]  # JSON


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


def conditions_of(template: Rendered, role: str) -> dict[str, Any]:
    """The condition under which the role is assumed."""
    condition: dict[str, Any] = properties_of(template, role)["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    return condition


def pull_statement(template: Rendered, number: int) -> dict[str, Any]:
    """A statement of the repository's policy."""
    (policy,) = alternatives(properties_of(template, "Repository")["RepositoryPolicyText"])
    (statement,) = alternatives(policy["Statement"][number])
    return statement  # type: ignore[no-any-return]  # JSON


def stage_of(template: Rendered, name: str) -> dict[str, Any]:
    """The stage of that name."""
    (found,) = (stage for stage in properties_of(template, "Pipeline")["Stages"] if stage["Name"] == name)
    return found  # type: ignore[no-any-return]  # JSON


def managed_statements(template: Rendered, policy: str) -> list[Rendered]:
    """The statements of a managed policy."""
    return properties_of(template, policy)["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]  # JSON


def endpoint_statements(template: Rendered, name: str) -> list[dict[str, Any]]:
    """The statements of an endpoint's policy."""
    return properties_of(template, f"{name}Endpoint")["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]
