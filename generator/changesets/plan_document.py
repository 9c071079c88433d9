"""A plan as JSON, to be saved and shown again without an account."""

from __future__ import annotations

import typing
from collections.abc import Collection, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from generator import json_text
from generator.changesets.change_records import BLOCKED, CREATE, UNCHANGED, UPDATE, WAITING, StackPlan
from generator.changesets.judgement import open_demands
from generator.errors import GeneratorError
from generator.findings import quoted
from generator.program_name import program

VERSION = 1
STATES = (CREATE, UPDATE, UNCHANGED, WAITING, BLOCKED)
SCALARS = {str: "a string", bool: "true or false"}


def data(plans: Sequence[StackPlan], accepted: Collection[str] = ()) -> dict[str, Any]:
    """The document of a plan."""
    needed = [{"name": demand.name, "text": demand.text} for demand in open_demands(plans, accepted)]
    return {"version": VERSION, "stacks": [asdict(plan) for plan in plans], "must_be_accepted": needed}


def read(file: str) -> tuple[StackPlan, ...]:
    """The plans of a saved document. GeneratorError if it is not one."""
    loaded = json_text.parse(json_text.read(file), json_text.name_of(file))
    problems: list[str] = []
    if not isinstance(loaded, dict) or loaded.get("version") != VERSION or not isinstance(loaded.get("stacks"), list):
        raise GeneratorError(
            f"{json_text.name_of(file)}: not a plan of version {VERSION}: save one with `{program()} plan --json`"
        )
    plans = []
    for number, each in enumerate(loaded["stacks"]):
        plan = _read(StackPlan, each, f"stacks[{number}]", problems)
        if isinstance(plan, StackPlan) and plan.state not in STATES:
            problems.append(f"stacks[{number}].state: given {quoted(plan.state)}, allowed: {', '.join(STATES)}")
        plans.append(plan)
    if problems:
        name = json_text.name_of(file)
        raise GeneratorError("\n".join(f"{name}: cannot be read as a plan: {problem}" for problem in problems))
    return tuple(plans)


def _read(kind: Any, given: Any, where: str, problems: list[str]) -> Any:
    """The value, as the type of its field requires. Errors are added to `problems`, with their place."""
    if typing.get_origin(kind) is tuple:
        if not isinstance(given, list):
            problems.append(f"{where}: given {quoted(given)}, allowed: a list")
            return ()
        inner = typing.get_args(kind)[0]
        return tuple(_read(inner, each, f"{where}[{number}]", problems) for number, each in enumerate(given))
    if not is_dataclass(kind):
        if not isinstance(given, kind):
            problems.append(f"{where}: given {quoted(given)}, allowed: {SCALARS[kind]}")
        return given
    if not isinstance(given, dict):
        problems.append(f"{where}: given {quoted(given)}, allowed: an object")
        return None
    # New keys of a later release are left out.
    types = typing.get_type_hints(kind)
    missing = [name for name in types if name not in given]
    problems += [f"{where}.{name}: is missing" for name in missing]
    values = {name: _read(types[name], given[name], f"{where}.{name}", problems) for name in types if name in given}
    record: Any = kind
    return None if missing else record(**values)
