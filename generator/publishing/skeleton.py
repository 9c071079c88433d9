"""A parameter file to start from."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from generator.cloudformation.template_rules import contradictions
from generator.model.parameters import INTERFACE


def needed(body: Mapping[str, Any], known: Mapping[str, str] = {}) -> set[str]:
    """The parameters that need a value: those without a default, and those whose default a rule refuses.

    `known` are values that other parameters have.
    """
    declared = body.get("Parameters", {})
    return {name for name, each in declared.items() if "Default" not in each} | _demanded(body, known)


def skeleton(body: Mapping[str, Any], *, everything: bool, known: Mapping[str, str] = {}) -> str:
    """The parameters that need a value, with an empty one; all of them with their defaults, if `everything`.

    Values in `known` are filled in. A secret (NoEcho) is left out: it is entered when the template is deployed.
    """
    wanted = needed(body, known) | known.keys()
    entries = [
        {"ParameterKey": name, "ParameterValue": known.get(name, _text(declaration.get("Default", "")))}
        for _, members in _groups(body)
        for name, declaration in members
        if (everything or name in wanted) and not declaration.get("NoEcho")
    ]
    lines = ",\n".join(f"  {json.dumps(entry)}" for entry in entries)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _demanded(body: Mapping[str, Any], known: Mapping[str, str]) -> set[str]:
    """The parameters of the assertions that do not hold for the defaults and the known values."""
    declared = body.get("Parameters", {})
    defaults = {name: known.get(name, _text(declaration.get("Default", ""))) for name, declaration in declared.items()}
    return {name for _, parameters in contradictions(body.get("Rules", {}), defaults) for name in parameters}


def descriptions(body: Mapping[str, Any], known: Mapping[str, str] = {}, *, everything: bool = False) -> str:
    """Description and constraints of the parameters that need a value, in the groups of the console.

    `everything` also has those that need none; otherwise a last line says how many these are.
    """
    required = needed(body, known)
    lines: list[str] = []
    for heading, wanted in (("Required", True), ("Optional", False)):
        groups = [
            (group, [each for each in members if (each[0] in required) is wanted]) for group, members in _groups(body)
        ]
        if wanted or everything:
            described = [line for group, members in groups if members for line in _described(group, members)]
            lines += [heading, *described] if described else []
        elif more := sum(len(members) for _, members in groups):
            lines.append(f"{more} more have a default: --all shows them")
    return "\n".join(lines)


def in_order(body: Mapping[str, Any]) -> list[str]:
    """The parameters in the order of the form."""
    return [name for _, members in _groups(body) for name, _ in members]


def _groups(body: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, Mapping[str, Any]]]]]:
    """The parameters as the console shows them."""
    rest = dict(body.get("Parameters", {}))
    for group in body.get("Metadata", {}).get(INTERFACE, {}).get("ParameterGroups", ()):
        yield group["Label"]["default"], [(name, rest.pop(name)) for name in group["Parameters"]]
    if rest:
        yield "Other parameters", list(rest.items())


def _described(group: str, members: list[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    yield f"  {group}"
    for name, declaration in members:
        default = f", default {json.dumps(_text(declaration['Default']))}" if "Default" in declaration else ""
        yield f"    {name} ({declaration['Type']}{default})"
        about = [declaration.get("Description", ""), *_constraints(declaration)]
        yield from textwrap.wrap(
            " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in about if part),
            width=80,
            initial_indent="        ",
            subsequent_indent="        ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _text(default: object) -> str:
    """A default as the text of a parameter: numbers and booleans as JSON writes them."""
    return default if isinstance(default, str) else json.dumps(default)


def _constraints(declaration: Mapping[str, Any]) -> Iterator[str]:
    if "AllowedValues" in declaration:
        yield f"One of: {', '.join(str(value) or json.dumps('') for value in declaration['AllowedValues'])}"
    elif "ConstraintDescription" in declaration:
        hint: str = declaration["ConstraintDescription"]
        yield hint[:1].upper() + hint[1:]
