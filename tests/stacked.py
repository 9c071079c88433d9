"""Published templates as stacks of one account: each with the stacks that it imports from, and with those that use it.

What a template imports, and which published template exports it, is read from the names of exports:
`ecr-pipeline:KIND:${PARAMETER}:v1:THING`. A new template is covered without an edit here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from generator import catalog
from generator.cloudformation.offline_stack import Location, OfflineStack
from generator.publishing import render
from tests.rendered import Rendered, has_pipeline, resources
from tests.samples import name_of, sample

EXPORT = re.compile(r"ecr-pipeline:(?P<kind>[a-z-]+):\$\{(?P<parameter>\w+)\}:(?P<version>v\d+):(?P<thing>\w+)")
IMPORT = re.compile(rf'"Fn::ImportValue": \{{"Fn::Sub": "{EXPORT.pattern}"\}}')
NONE = "none"  # the value of `Network` for builds in an existing VPC
SUBJECT = ""  # the label of the stack that a promise examines


class Import(NamedTuple):
    """Something that a template imports, by the parts of its name.

    `parameter` holds the name of the other stack, which is of the kind.
    """

    kind: str
    parameter: str
    version: str
    thing: str


@cache
def published() -> dict[str, Rendered]:
    """Every published template, rendered, by its name."""
    return {name: render.to_dict(build()) for name, build in catalog.templates().items()}


def imported(kind: str, thing: str) -> Rendered:
    """How a template imports something."""
    return {"Fn::ImportValue": {"Fn::Sub": f"ecr-pipeline:{kind}:${{{kind.capitalize()}}}:v1:{thing}"}}


def imports(template: Rendered) -> set[Import]:
    """Everything that the template imports, under whatever conditions."""
    return _imports_in(json.dumps(template))


def exports(template: Rendered) -> dict[str, Rendered]:
    """The outputs of the template that are exported, by the names of their exports as the template has them."""
    return {
        json.dumps(output["Export"]["Name"]): output
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def exported_kinds(template: Rendered) -> set[str]:
    """The kinds under which the template exports: none or one."""
    found = (EXPORT.search(name) for name in exports(template))
    return {match["kind"] for match in found if match}


def exporters(template: Rendered) -> dict[str, Rendered]:
    """The published templates that the template imports from, directly, by their kind."""
    wanted = {each.kind for each in imports(template)}
    return {kind: each for each in published().values() for kind in sorted(exported_kinds(each) & wanted)}


def importers(template: Rendered) -> dict[str, Rendered]:
    """The published templates that import from this one, directly or through another one, by their name."""
    kinds = exported_kinds(template)
    return {name: each for name, each in published().items() if kinds & _kinds_needed(each)}


def with_exporters(template: Rendered) -> Iterator[Rendered]:
    """The template, and all published templates that it imports from, directly or through another one."""
    yield template
    for each in exporters(template).values():
        yield from with_exporters(each)


def users_of(template: Rendered, thing: str) -> Iterator[Rendered]:
    """The template, and the published templates that import this export of it."""
    yield template
    kinds = exported_kinds(template)
    for each in published().values():
        if any(found.kind in kinds and found.thing == thing for found in imports(each)):
            yield each


def value_of_import(template: Rendered, thing: str) -> tuple[Rendered, Any]:
    """The published template with the export that this template imports, and the value of the export."""
    for each in with_exporters(template):
        for name, output in exports(each).items():
            if (found := EXPORT.search(name)) and found["thing"] == thing and each is not template:
                return each, output["Value"]
    raise LookupError(f"no published template exports {thing}")


def is_on_a_platform(template: Rendered) -> bool:
    """Whether the template is a pipeline that runs the Inspect of a platform."""
    return has_pipeline(template) and any(each.thing == "InspectProject" for each in imports(template))


def naming(template: Rendered) -> set[str]:
    """The parameters with a default that distinguish two stacks: names of resources and exports are made of them."""
    named = [
        properties[key]
        for name, properties in resources(template)
        for key in ("Name", f"{template['Resources'][name]['Type'].rpartition('::')[2]}Name")
        if key in properties
    ]
    text = json.dumps([named, [output["Export"] for output in exports(template).values()]])
    declared = template.get("Parameters", {})
    return {
        name
        for found in re.findall(r'\$\{(\w+)\}|"Ref": "(\w+)"', text)
        for name in found
        if "Default" in declared.get(name, {})
    }


def names(template: Rendered, letter: str) -> dict[str, str]:
    """Values for the parameters of `naming`, made of the letter."""
    return {name: name_of(template, name, letter) for name in sorted(naming(template))}


def deployed(
    template: Rendered, name: str, parameters: Mapping[str, str], place: Location | None = None
) -> OfflineStack:
    """The template as a stack, together with the stacks that it imports from."""
    return together(template, name, parameters, place=place)[SUBJECT]


def together(
    template: Rendered,
    name: str,
    parameters: Mapping[str, str],
    *,
    place: Location | None = None,
    instead: Mapping[str, tuple[Rendered, Mapping[str, str]]] | None = None,
) -> dict[str, OfflineStack]:
    """The template as a stack, under the label SUBJECT, and the stacks that it imports from, by their kinds.

    `instead` has templates, with values for their parameters, that take the place of the published ones, by kind.
    """
    place = place or Location()
    found: dict[str, OfflineStack] = {}
    needed: dict[str, str] = {each.kind: _value(template, parameters, each.parameter) for each in imports(template)}
    published_exporters = exporters(template)
    for kind, called in sorted(needed.items()):
        if called == NONE or kind not in published_exporters:
            continue
        other, given = (instead or {}).get(kind, (published_exporters[kind], {}))
        values = {**_as_exporter(other, parameters), **given, **dict.fromkeys(naming(other), called)}
        stacks = together(other, f"{kind}-{called}", values, place=place, instead=instead)
        found |= {label or kind: stack for label, stack in stacks.items()}
    known = {key: value for stack in found.values() for key, value in stack.exports().items()}
    own = OfflineStack(template=template, name=name, parameters=parameters, place=place, imports=known)
    return {SUBJECT: own, **found}


def united(stacks: Mapping[str, OfflineStack]) -> OfflineStack:
    """All the stacks as one, with values instead of functions, so that one run goes through all of them.

    A logical id gets the label of its stack: `platform.InspectRole`. Those of the SUBJECT stay as they are.
    """
    made: dict[str, Any] = {}
    ids: dict[str, str] = {}
    for label, stack in stacks.items():
        for title, properties in stack.resources():
            kind = stack.template["Resources"][title]["Type"]
            whole = f"{label}.{title}" if label else title
            made[whole] = {"Type": kind, "Properties": properties}
            if not {"Name", f"{kind.rpartition('::')[2]}Name"} & properties.keys():
                ids[whole] = re.split("[/:]", stack.arn(title))[-1]
    subject = stacks[SUBJECT]
    return OfflineStack(template={"Resources": made}, name=subject.name, place=subject.place, ids=ids, imports={})


def is_exporter(stack: OfflineStack) -> bool:
    """Whether other stacks import from it."""
    return bool(exported_kinds(dict(stack.template)))


def label_of(title: str) -> str:
    """The label of the stack that a logical id of `united` is of."""
    return title.rpartition(".")[0]


def identity_statements(stack: OfflineStack) -> Iterator[tuple[str, Rendered]]:
    """Every statement of the stack's roles and managed policies, with its place."""
    for title, role in stack.resources("AWS::IAM::Role"):
        for policy in role.get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield f"{title}/{statement['Sid']}", statement
    for title, policy in stack.resources("AWS::IAM::ManagedPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            yield f"{title}/{statement['Sid']}", statement


def _as_exporter(template: Rendered, user: Mapping[str, str]) -> dict[str, str]:
    """Values for the parameters of a stack that another one imports from: it has all that can be asked for.

    Its Inspect reads the repository of that other stack, and no other one.
    """
    asked_for = {
        name: "yes"
        for name, declaration in template.get("Parameters", {}).items()
        if set(declaration.get("AllowedValues", ())) == {"no", "yes"}
    }
    values = {**sample(template, "f"), **asked_for}
    if "RepositoryPattern" in values and "RepositoryName" in user:
        values["RepositoryPattern"] = user["RepositoryName"]
    return values


def _kinds_needed(template: Rendered) -> set[str]:
    return {each.kind for part in with_exporters(template) for each in imports(part)}


def _value(template: Rendered, parameters: Mapping[str, str], name: str) -> str:
    return parameters.get(name, str(template["Parameters"][name].get("Default", "")))


@cache
def _imports_in(text: str) -> set[Import]:
    """The imports in a template's text; a name that is not one Fn::Sub is the business of promises/exports.py."""
    return {Import(**found.groupdict()) for found in IMPORT.finditer(text)}
