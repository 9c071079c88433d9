"""The origin of the variables that an action reads."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, NamedTuple

from cfnlint.context.conditions import Unsatisfiable
from cfnlint.helpers import is_function
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.helpers import get_value_from_path
from cfnlint.template.template import Template

REFERENCE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([^}]*)\}")
RUN_ORDER = re.compile("[0-9]{1,3}")  # 1 to 999
RESERVED = ("codepipeline", "variables")

Complaint = tuple[list[str | int], str]


class Action(NamedTuple):
    """An action and its place in the run. `where` is cfn-lint's record of path and conditions."""

    body: Any
    where: Any
    stage: tuple[int, ...]
    run_order: int | None

    @property
    def in_source(self) -> bool:
        """Whether it is a Source action."""
        kind = self.body.get("ActionTypeId")
        return isinstance(kind, dict) and kind.get("Category") == "Source"

    def runs_before(self, other: Action) -> bool:
        """Whether it is certain to run before the other, as far as the template shows."""
        if self.stage != other.stage:
            return self.stage < other.stage
        return self.run_order is None or other.run_order is None or self.run_order < other.run_order


class Variables(CloudFormationLintRule):
    """Every #{namespace.variable} that an action reads exists when the action runs."""

    id = "E9703"
    shortdesc = "Variables that a pipeline action reads"
    description = (
        "An action may read the variables of an action that runs before it, the variables that the pipeline declares, "
        "and the id of the execution; what cannot be resolved fails the run"
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html"
    tags = ["resources", "codepipeline"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The complaints about every pipeline."""
        return [
            RuleMatch(path, message)
            for name in cfn.get_resources("AWS::CodePipeline::Pipeline")
            for path, message in _complaints(cfn, ["Resources", name, "Properties"])
        ]


def _complaints(cfn: Template, pipeline: list[str]) -> Iterator[Complaint]:
    root = CfnTemplateValidator(schema={}, cfn=cfn)

    def values(*path: str) -> list[Any]:
        found = _values(root, cfn.template, *pipeline, *path)
        return [value for value, _ in found if value is not None]

    actions = list(_actions(root, cfn, pipeline))
    producers = [
        (namespace, Action(action.body, where, action.stage, action.run_order))
        for action in actions
        for namespace, where in _values(action.where, action.body, "Namespace")
        if namespace is not None
    ]
    yield from _wrong_namespaces(producers, values("Stages", "*", "Actions", "*", "OutputArtifacts", "*", "Name"))
    declared = values("Variables", "*", "Name")
    for action in actions:
        for key in ("Configuration", "Commands", "EnvironmentVariables"):
            for path, text in _texts(action.body.get(key), [*action.where.context.path.path, key]):
                for reference in REFERENCE.finditer(text):
                    problem = _problem(reference[1], reference[2], action, producers, declared)
                    if problem:
                        yield path, f"{reference[0]}: {problem}"


def _actions(root: Any, cfn: Template, pipeline: list[str]) -> Iterator[Action]:
    for stage, at in _values(root, cfn.template, *pipeline, "Stages", "*"):
        position = tuple(step for step in at.context.path.path if isinstance(step, int))
        for body, where in _values(at, stage, "Actions", "*"):
            if isinstance(body, dict):
                order = str(body.get("RunOrder", 1))
                yield Action(body, where, position, int(order) if RUN_ORDER.fullmatch(order) else None)


def _wrong_namespaces(producers: list[tuple[Any, Action]], artifacts: list[Any]) -> Iterator[Complaint]:
    for number, (namespace, action) in enumerate(producers):
        path = list(action.where.context.path.path)
        if not isinstance(namespace, str):
            continue
        if namespace in RESERVED:
            yield path, f"The namespace {namespace!r} is reserved: choose another name"
        if namespace in artifacts:
            yield path, f"The namespace {namespace!r} is also the name of an artifact: choose another name"
        if any(namespace == taken and _together(action, other) for taken, other in producers[:number]):
            yield path, f"The namespace {namespace!r} is used by another action: choose another name"


def _together(one: Action, other: Action) -> bool:
    conditions = one.where.context.conditions
    try:
        conditions.evolve(other.where.context.conditions.status)
    except Unsatisfiable:
        return False
    return True


def _texts(value: Any, path: list[str | int]) -> Iterator[Complaint]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, [*path, key])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, [*path, index])


def _problem(
    namespace: str, variable: str, reader: Action, producers: list[tuple[Any, Action]], declared: list[Any]
) -> str:
    if namespace == "codepipeline":
        known = "$" in variable or variable == "PipelineExecutionId"
        return "" if known else "codepipeline has one variable, PipelineExecutionId"
    if namespace == "variables":
        if reader.in_source:
            return "a Source action cannot read the variables of the pipeline"
        return "" if "$" in variable else _unknown(variable, declared, "the pipeline declares no such variable")
    actions = [action for name, action in producers if name == namespace]
    if actions:
        early = any(action.runs_before(reader) for action in actions)
        return "" if early else "the action of that namespace does not run before this one"
    return _unknown(namespace, [name for name, _ in producers], "no action has that namespace")


def _unknown(name: str, known: list[Any], problem: str) -> str:
    # A name that is known only at deployment may be the one.
    if name in known or any(is_function(each) != (None, None) for each in known):
        return ""
    there = [str(each) for each in known]
    close = get_close_matches(name, there, n=1)
    return f"{problem}{f'; did you mean {close[0]!r}?' if close else ''} (there: {', '.join(there) or 'none'})"


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
