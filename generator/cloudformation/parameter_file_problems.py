"""The values of a parameter file, checked against its template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from generator.cloudformation import parameter_types, template_rules
from generator.cloudformation.distinct_lists import shared_members
from generator.cloudformation.parameter_files import CHECK, ParameterFile, place
from generator.cloudformation.references import references
from generator.cloudformation.refusals import RefusedError
from generator.findings import Finding
from generator.model import deployment_window
from generator.suggestion import did_you_mean

Homes = Callable[[str], Sequence[str]]
"""The templates that have a parameter of this name."""
MOST_HOMES = 3


def problems(file: ParameterFile, body: Mapping[str, Any], homes: Homes = lambda _: ()) -> Iterator[Finding]:
    """The problems of a parameter file: of the file itself, and with its template. `homes` is for unknown keys."""
    yield from file.problems
    if not file.readable:
        return
    declared = body.get("Parameters", {})
    values = list(_values(file, declared, homes))
    strange = {key for key, *_ in values}
    for key, where, message in (*values, *_missing(file, declared), *_rules(file, body, strange)):
        yield Finding(path=str(file.path), line=file.lines.get(key, 0), place=where, message=message, check=CHECK)


def meanings(body: Mapping[str, Any], given: Mapping[str, str | None]) -> dict[str, str | list[str] | None]:
    """The Ref of each parameter of the template, with these values and its defaults; None is not known."""
    return {
        key: _meaning(declaration, given.get(key, declaration.get("Default")))
        for key, declaration in body.get("Parameters", {}).items()
    }


def _values(file: ParameterFile, declared: Mapping[str, Any], homes: Homes) -> Iterator[tuple[str, str, str]]:
    for key, value in file.entries:
        if key not in declared:
            hint = _elsewhere(homes(key)) or did_you_mean(key, declared)
            yield key, place(key), f"the template has no such parameter{hint}"
        elif value is not None:
            wrong = list(parameter_types.problems(declared[key], value))
            if key == deployment_window.PARAMETER and value and not wrong:
                wrong = [*filter(None, [deployment_window.problem(value)])]
            yield from ((key, key, message) for message in wrong)


def _elsewhere(homes: Sequence[str]) -> str:
    """` (it is one of platform)`, "" if no template has the parameter."""
    more = ", ..." if len(homes) > MOST_HOMES else ""
    return f" (it is one of {', '.join(homes[:MOST_HOMES])}{more})" if homes else ""


def _missing(file: ParameterFile, declared: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    given = {key for key, _ in file.entries}
    for key, declaration in declared.items():
        if key not in given and "Default" not in declaration and not parameter_types.is_secret(declaration):
            about = str(declaration.get("Description", "")).rstrip(".") or "it needs a value"
            yield key, key, f"is missing and has no default: {about} ({declaration['Type']})"


def _rules(file: ParameterFile, body: Mapping[str, Any], strange: set[str]) -> Iterator[tuple[str, str, str]]:
    """Broken rules. A value with a problem of its own counts as unknown: two empty values are not equal."""
    rules = body.get("Rules", {})
    values = {name: None if name in strange else value for name, value in meanings(body, dict(file.entries)).items()}
    try:
        for name, message in (*template_rules.broken(rules, values), *shared_members(body, values)):
            about = set(references(rules[name]))
            yield next((key for key in file.lines if key in about), ""), name, message
    except RefusedError as error:
        yield "", "Rules", str(error)


def _meaning(declaration: Mapping[str, Any], value: object) -> str | list[str] | None:
    """The Ref of the parameter, if it is known without AWS."""
    kind = declaration["Type"]
    if value is None or kind.startswith("AWS::SSM::Parameter::Value<"):
        return None
    return (
        parameter_types.members(parameter_types.text(value))
        if parameter_types.is_list(kind)
        else parameter_types.text(value)
    )
