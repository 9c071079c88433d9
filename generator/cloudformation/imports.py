"""Dependencies of templates: one that imports needs the one that exports.

Exports are named `ecr-pipeline:KIND:NAME:v1:THING`: KIND is the kind of stack that exports, NAME which one of them.
Only the text of a template is read here, so that the order of stacks is known without an account. Exports of another
form belong to somebody else, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from generator.cloudformation.refusals import RefusedError
from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope
from generator.errors import GeneratorError

Template = Mapping[str, Any]

_NAME = re.compile(r"ecr-pipeline:(?P<kind>[a-z-]+):(?P<name>[^:]+):")
_PARAMETER = re.compile(r"\$\{(\w+)\}")


class Export(NamedTuple):
    """The stack that exports a value, as the name of the export identifies it."""

    kind: str
    name: str
    """The name of the stack among those of its kind; in a template `${PARAMETER}`."""

    @property
    def parameter(self) -> str:
        """The parameter that the name comes from; "" if there is none."""
        match = _PARAMETER.fullmatch(self.name)
        return match[1] if match else ""


def export(name: str) -> Export | None:
    """The parts of the name of an export; None for a name of another form."""
    match = _NAME.match(name)
    return Export(match["kind"], match["name"]) if match else None


def needs(template: Template) -> frozenset[str]:
    """The kinds of stacks that the template imports from, under any conditions."""
    found = (export(_text(name)) for name in _imported(template))
    return frozenset(each.kind for each in found if each)


def provides(template: Template) -> dict[str, str]:
    """The kinds of stacks that the template exports as, and for each the parameter that names the stack."""
    outputs = template.get("Outputs", {}).values()
    found = (export(_text(output["Export"]["Name"])) for output in outputs if "Export" in output)
    return {each.kind: each.parameter for each in found if each}


def order(templates: Mapping[str, Template]) -> list[str]:
    """The names of the templates, each after those that it imports from.

    Exports that none of them has are expected to exist already. Templates that are independent of each other are
    sorted by the number of kinds that they import, then of those that they export, then by name: a registry comes
    before the pipeline over its repository.
    """

    def place(name: str) -> tuple[int, int, str]:
        return len(needs(templates[name])), len(provides(templates[name])), name

    exporters: dict[str, list[str]] = {}
    for name, template in templates.items():
        for kind in provides(template):
            exporters.setdefault(kind, []).append(name)
    sorter = TopologicalSorter(
        {name: [each for kind in needs(templates[name]) for each in exporters.get(kind, ())] for name in templates}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        raise GeneratorError(f"templates import from each other in a cycle: {' -> '.join(error.args[1])}") from None
    found = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place)
        found += ready
        sorter.done(*ready)
    return found


def _imported(node: Any) -> Iterator[Any]:
    """The argument of every Fn::ImportValue."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "Fn::ImportValue":
                yield value
            else:
                yield from _imported(value)
    elif isinstance(node, list):
        for item in node:
            yield from _imported(item)


def _text(name: Any) -> str:
    """The name of an export as written, with `${PARAMETER}` for a Ref; "" if it depends on more than parameters."""
    try:
        found = resolve(name, Scope(values={}, reference=lambda parameter: f"${{{parameter}}}"))
    except RefusedError:
        return ""
    return found if isinstance(found, str) else ""
