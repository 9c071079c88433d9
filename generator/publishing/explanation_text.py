"""An explanation as text for a terminal, and as data for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from generator.columns import WIDTH, columns, wrapped
from generator.program_name import program
from generator.publishing.explanation import (
    Explained,
    ExplainedParameter,
    ExplainedResource,
    ExplainedStage,
    ExplainedTemplate,
)
from generator.publishing.granted_statements import GrantedStatement
from generator.publishing.parameter_effects import Replacement
from generator.publishing.reference import EMPTY

VERSION = 1
"""Of the shape of `explanation_data`. A key that is removed or means something else makes a new one."""
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def explanation_text(found: Explained) -> str:
    """The explanation in 80 columns. Markdown's backquotes and links are gone."""
    match found:
        case ExplainedTemplate():
            lines = _template(found)
        case ExplainedResource():
            lines = _resource(found)
        case ExplainedStage():
            lines = _stage(found)
        case ExplainedParameter():
            lines = _parameter(found)
    return "\n".join([*lines, ""])


def explanation_data(found: Explained) -> dict[str, Any]:
    """The explanation for programs. docs/commands.md describes the keys."""
    whole: dict[str, Any] = {"version": VERSION, **asdict(found)}
    for key in ("allows", "allowed_to", "permissions", "trust"):
        for statement in whole.get(key, ()):
            del statement["body"]
    bare: dict[str, Any] = _bare_data(whole)
    return bare


def _template(found: ExplainedTemplate) -> Iterator[str]:
    yield found.template
    yield from wrapped(found.description, first="  ", rest="  ")
    yield from _section("Stages", columns([(s, ", ".join(a), _if(c)) for s, a, c in found.stages], within=WIDTH - 2))
    yield from _section("Required parameters", wrapped(", ".join(found.required), within=WIDTH - 2))
    yield from _section("Parameters with a default", wrapped(", ".join(found.optional), within=WIDTH - 2))
    rows = [(name, kind.removeprefix("AWS::"), _if(condition)) for name, kind, condition in found.resources]
    yield from _section("Resources", columns(rows, within=WIDTH - 2))
    yield from ("", "To explain one of these:", f"  {program()} explain {found.template} NAME")


def _resource(found: ExplainedResource) -> Iterator[str]:
    yield f"{found.resource} ({found.type})"
    for each in (
        found.purpose,
        _with_commands(found),
        _sentence("It exists only", found.only_if) if not found.whose else "",
    ):
        yield from wrapped(_bare(each), first="  ", rest="  ")
    yield from _section("Events that match", _items(map(_bare, found.matches)))
    yield from _section("Permissions", _statements(found.allows))
    yield from _section("Who may use it (in this template)", _statements(found.allowed_to, owner=True))
    for title, values in (
        ("Depends on the parameters", found.parameters),
        ("Uses", found.uses),
        ("Used by", found.used_by),
    ):
        yield from _section(title, wrapped(", ".join(values), within=WIDTH - 2))


def _stage(found: ExplainedStage) -> Iterator[str]:
    yield f"{found.stage} (stage of {found.pipeline})"
    yield from wrapped(_bare(_sentence("It exists only", found.only_if)), first="  ", rest="  ")
    rows = [(name, provider, _if(condition)) for name, provider, condition in found.actions]
    yield from _section("Actions", columns(rows, within=WIDTH - 2))
    yield from _section("Depends on the parameters", wrapped(", ".join(found.parameters), within=WIDTH - 2))
    yield from _section("Uses", wrapped(", ".join(found.uses), within=WIDTH - 2))


def _with_commands(found: ExplainedResource) -> str:
    """The holders of a role, with the command that explains each shared policy of this template that it also has."""
    shared = [each for each in found.uses if f"`{each}`" in found.whose]
    more = "".join(f" `{program()} explain {found.template} {each}` shows it." for each in shared)
    return found.whose + more


def _parameter(found: ExplainedParameter) -> Iterator[str]:
    yield found.parameter
    yield from wrapped(found.description, first="  ", rest="  ")
    default = "required" if found.default is None else found.default or "(empty)"
    yield from _section("Value", columns([("Default", default), ("Allowed", _bare(found.allowed))], within=WIDTH - 2))
    rows = [(what, _if(condition)) for what, condition in found.decides]
    yield from _section("Controls whether these exist", columns(rows, within=WIDTH - 2))
    yield from _section("Used in", wrapped(", ".join(found.changes), within=WIDTH - 2))
    yield from _section("A change replaces", _replacements(found.replaces))
    yield from _section("A change updates in place", wrapped(", ".join(found.updates), within=WIDTH - 2))
    yield from _section(
        "A change of these exports is refused while another stack imports them",
        wrapped(", ".join(found.exports), within=WIDTH - 2),
    )
    yield from _section("Permissions that refer to it", _statements(found.permissions, owner=True))
    yield from _section("Refused combinations", _items(found.refusals))


def _statements(statements: Iterable[GrantedStatement], *, owner: bool = False) -> Iterator[str]:
    for each in statements:
        name = f"{each.owner}/{each.sid}" if owner else each.sid
        yield from wrapped(f"{name}: {each.refused}{', '.join(each.actions)}", rest="  ", within=WIDTH - 2)
        for line in (f"on {each.where}", _if(each.only_if), f"why: {each.why}"):
            yield from wrapped(_bare(line), first="    ", rest="    ", within=WIDTH - 2)


def _replacements(found: Iterable[Replacement]) -> Iterator[str]:
    """A line for each meaning, with all resources that it is true of."""
    meanings: dict[str, list[str]] = {}
    for each in found:
        meanings.setdefault(each.meaning, []).append(f"{each.resource} ({', '.join(each.properties)})")
    for meaning, resources in meanings.items():
        yield from wrapped(f"{', '.join(resources)}: {meaning}", rest="  ", within=WIDTH - 2)


def _items(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from wrapped(text, rest="  ", within=WIDTH - 2)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", title, *(f"  {line}" for line in found))


def _if(condition: str) -> str:
    return f"only if {_bare(condition)}" if condition else ""


def _sentence(begin: str, condition: str) -> str:
    return f"{begin} if {condition}." if condition else ""


def _bare(text: str) -> str:
    """The text without Markdown."""
    return _LINK.sub(r"\1", text).replace("`", "").replace(EMPTY, "(empty)")


def _bare_data(value: Any) -> Any:
    match value:
        case str():
            return _bare(value)
        case dict():
            return {key: _bare_data(each) for key, each in value.items()}
        case list() | tuple():
            return [_bare_data(each) for each in value]
    return value
