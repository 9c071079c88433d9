"""The keys of JSON documents of commands, compared with those that docs/commands.md has for the command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
# The keys of these objects are names of a stage, an artifact, a parameter or a statement's condition.
NAMED_BY_USERS = {"rolled_back", "artifacts", "recorded", "conditions", "matches"}
EVERYWHERE = {"version"}


def documented(command: str) -> set[str]:
    """The words in code of the row of the command in the table of docs/commands.md."""
    table = PAGE.read_text(encoding="utf-8").partition("\n## JSON\n")[2]
    [row] = re.findall(rf"^\| `{command}` \| (.*) \|$", table, re.MULTILINE)
    words = set(re.findall(r"`(\w[\w -]*)`", row))
    if "the same" in row:
        words |= documented("plan")
    return words


def keys(value: Any) -> Iterator[str]:
    """Every key of a document, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in NAMED_BY_USERS:
                yield from keys(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from keys(inner)


def undocumented(command: str, found: Any) -> set[str]:
    """The keys of a document that the page does not have."""
    return {*keys(found)} - documented(command) - EVERYWHERE


def obsolete(command: str, found: Any, values: Iterable[str] = ()) -> set[str]:
    """The words of the page that are neither keys of the complete document nor these values."""
    return documented(command) - {*keys(found)} - {*values}


def filled(kind: Any) -> Any:
    """A record of this type with something in every field, as deep as it goes."""
    if get_origin(kind) is tuple:
        return (filled(get_args(kind)[0]),)
    if is_dataclass(kind) and isinstance(kind, type):
        types = get_type_hints(kind)
        return kind(**{field.name: filled(types[field.name]) for field in fields(kind)})
    return kind("1")
