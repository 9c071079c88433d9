"""Parameter files: `params/<template>.<environment>.json`, a JSON list of {ParameterKey, ParameterValue}.

Both versions of the AWS CLI read this form in create-stack and update-stack, and version 2 in deploy as well, where it
refuses every further key: a parameter file cannot hold comments.
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator import json_text
from generator.cloudformation.example_files import unchanged_examples
from generator.cloudformation.parameter_forms import FORM, KEYS, Pairs, entry_lines, other_form, other_text
from generator.errors import GeneratorError
from generator.findings import Finding, quoted
from generator.program_name import program
from generator.suggestion import did_you_mean

CHECK = "parameters"
ENVIRONMENT = r"[a-z0-9][a-z0-9-]*"
_NAME = re.compile(rf"(?P<template>[^.]+)\.(?P<environment>{ENVIRONMENT})\.json")


@dataclass(frozen=True)
class ParameterFile:
    """The contents of a file, and the problems of its form."""

    path: Path
    readable: bool
    """False if there is no list. The entries are unknown then."""
    entries: tuple[tuple[str, str | None], ...] = ()
    """Key and value in the order of the file; None is a value that is not a string."""
    problems: tuple[Finding, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each key's value."""


def path_of(folder: Path, template: str, environment: str) -> Path:
    """The path for the parameters of a template in an environment."""
    return folder / f"{template}.{environment}.json"


def template_of(path: Path) -> str | None:
    """The template that a parameter file is for, by its name; None if the name has another form."""
    match = _NAME.fullmatch(path.name)
    return match["template"] if match else None


def environment_of(path: Path) -> str | None:
    """The environment that a parameter file is for, by its name; None if the name has another form."""
    match = _NAME.fullmatch(path.name)
    return match["environment"] if match else None


def templates_of(folder: Path, environment: str) -> list[str]:
    """The templates that have a parameter file of the environment, in alphabetical order, without unchanged examples.

    GeneratorError if there are none; it lists the existing environments.
    """
    examples = unchanged_examples(folder)
    files = [(path, template_of(path), environment_of(path)) for path in sorted(folder.glob("*.json"))]
    found = [template for path, template, of in files if template and of == environment and path not in examples]
    if not found:
        others = ", ".join(sorted({of for path, _, of in files if of and path not in examples})) or "none"
        only = any(of == environment for _, _, of in files)
        there = (
            f"there are only unchanged examples; `{program()} init` writes yours" if only else "there is no such file"
        )
        raise GeneratorError(
            f"{folder / f'*.{environment}.json'}: {there}. Environments with parameter files: {others}."
        )
    return found


def read(path: Path) -> ParameterFile:
    """The file with every problem of its form. Keys and values are not compared with a template.

    The path `-` is standard input.
    """
    try:
        content = json_text.read(str(path))
        loaded = json.loads(content, object_pairs_hook=Pairs)
    except json.JSONDecodeError as error:
        if other := other_text(content, str(path)):
            return _unreadable(path, other)
        line, why = json_text.not_json(error)
        return _unreadable(path, f"not JSON: {why}; allowed: a list of {FORM}", line=line)
    except RecursionError:
        return _unreadable(path, json_text.TOO_DEEP)
    except ValueError as error:  # a number of 5,000 digits
        return _unreadable(path, f"cannot be read as JSON: {error}")
    except GeneratorError as error:
        return _unreadable(path, str(error).removeprefix(f"{json_text.name_of(str(path))}: "))
    if other := other_form(loaded, str(path)):
        return _unreadable(path, other)
    if not isinstance(loaded, list):
        given = "an object" if isinstance(loaded, Pairs) else quoted(loaded)
        return _unreadable(path, f"given {given}, allowed: a list of {FORM}")
    entries = [_entry(entry) for entry in loaded]
    lines = entry_lines(content)
    problems = [
        Finding(path=str(path), line=line, place=place(key) if key else f"entry {number}", message=message, check=CHECK)
        for number, (entry, (key, _), line) in enumerate(zip(loaded, entries, lines, strict=True), start=1)
        for message in _complaints(entry)
    ]
    named = tuple((key, value) for key, value in entries if key)
    at = {key: line for (key, _), line in zip(entries, lines, strict=True)}
    return ParameterFile(
        path, readable=True, entries=named, problems=(*problems, *_repetitions(path, named, at)), lines=at
    )


def place(key: str) -> str:
    """The key, fit for a message: one with unusual characters is quoted, so that it cannot break the line."""
    return key if key.isascii() and key.isalnum() else quoted(key)


def _unreadable(path: Path, message: str, *, line: int = 0) -> ParameterFile:
    problem = Finding(path=str(path), line=line, message=message, check=CHECK)
    return ParameterFile(path, readable=False, problems=(problem,))


def _entry(entry: object) -> tuple[str, str | None]:
    """Key and value, as far as they exist."""
    pairs = dict(entry) if isinstance(entry, Pairs) else {}
    key, value = (pairs.get(name) for name in KEYS)
    return key if isinstance(key, str) else "", value if isinstance(value, str) else None


def _complaints(entry: object) -> Iterator[str]:
    if not isinstance(entry, Pairs):
        yield f"given {quoted(entry)}, allowed: {FORM}"
        return
    names = [name for name, _ in entry]
    for name in dict.fromkeys(names):
        if name not in KEYS:
            yield f"given the key {quoted(name)}, allowed: {' and '.join(KEYS)} alone{did_you_mean(name, KEYS)}"
        if names.count(name) > 1:
            yield f"given {quoted(name)} {names.count(name)} times, allowed: once"
    for name in KEYS:
        if name not in names:
            yield f"{name} is missing, allowed: {FORM}"
    for name, value in entry:
        if name in KEYS and (not isinstance(value, str) or (name == "ParameterKey" and not value)):
            given = dict(value) if isinstance(value, Pairs) else value
            yield f"{name}: given {quoted(given)}, allowed: a string{_as_string(value)}"


def _as_string(value: object) -> str:
    """The correct text for a number or a boolean without quotes."""
    return f', "{json.dumps(value)}"' if isinstance(value, bool | int | float) else ""


def _repetitions(
    path: Path, entries: tuple[tuple[str, str | None], ...], lines: Mapping[str, int]
) -> Iterator[Finding]:
    keys = [key for key, _ in entries]
    for key in dict.fromkeys(keys):
        if keys.count(key) > 1:
            message = f"given {keys.count(key)} times, allowed: once"
            yield Finding(path=str(path), line=lines[key], place=place(key), message=message, check=CHECK)
