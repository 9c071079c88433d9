"""A plan as JSON, to be saved and shown again without an account."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from generator import json_text
from generator.changesets.change_records import (
    EarlyFinding,
    ParameterChange,
    PermissionChange,
    PropertyChange,
    ResourceEntry,
    StackPlan,
)
from generator.changesets.judgement import open_demands
from generator.errors import GeneratorError
from generator.program_name import program

VERSION = 1
T = TypeVar("T")


def data(plans: Sequence[StackPlan], accepted: Collection[str] = ()) -> dict[str, Any]:
    """The document of a plan."""
    needed = [{"name": demand.name, "text": demand.text} for demand in open_demands(plans, accepted)]
    return {"version": VERSION, "stacks": [asdict(plan) for plan in plans], "must_be_accepted": needed}


def read(file: str) -> tuple[StackPlan, ...]:
    """The plans of a saved document. GeneratorError if it is not one."""
    loaded = json_text.parse(json_text.read(file), json_text.name_of(file))
    if not isinstance(loaded, dict) or loaded.get("version") != VERSION or not isinstance(loaded.get("stacks"), list):
        raise GeneratorError(
            f"{json_text.name_of(file)}: not a plan of version {VERSION}: save one with `{program()} plan --json`"
        )
    try:
        return tuple(_plan(each) for each in loaded["stacks"])
    except (AttributeError, KeyError, TypeError) as error:
        raise GeneratorError(f"{json_text.name_of(file)}: cannot be read as a plan: {error}") from error


def _plan(stack: Mapping[str, Any]) -> StackPlan:
    entries = tuple(
        _record(
            ResourceEntry, {**each, "properties": tuple(_record(PropertyChange, one) for one in each["properties"])}
        )
        for each in stack["entries"]
    )
    lists = {
        "entries": entries,
        "parameters": tuple(_record(ParameterChange, each) for each in stack["parameters"]),
        "permissions": tuple(_record(PermissionChange, each) for each in stack["permissions"]),
        "findings": tuple(_record(EarlyFinding, each) for each in stack["findings"]),
        "waits_for": tuple(map(str, stack["waits_for"])),
        "notes": tuple(map(str, stack["notes"])),
    }
    return _record(StackPlan, {**stack, **lists})


def _record(kind: type[T], values: Mapping[str, Any]) -> T:
    """The record of these values. New keys of a later release are left out."""
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # all are dataclasses
    return kind(**{name: values[name] for name in known})
