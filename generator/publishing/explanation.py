"""Explanations of a template, or of one of its resources or parameters, read from the model so that they are true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import Template

from generator import catalog
from generator.cloudformation.conditional_parts import optional
from generator.cloudformation.references import references
from generator.cloudformation.resource_type import resource_type
from generator.cloudformation.template_format import functions_in
from generator.errors import WrongUsageError
from generator.model.purpose import PURPOSE
from generator.program_name import program
from generator.prose import in_words
from generator.publishing.event_pattern_words import pattern_lines
from generator.publishing.granted_statements import OWNERS, ROLE, GrantedStatement, Rendered, statements_of
from generator.publishing.parameter_effects import Replacement, parameter_effects, parameters_of
from generator.publishing.reference import allowed, whose
from generator.publishing.render import to_dict
from generator.publishing.trust_statements import TrustStatement, trust_statements
from generator.suggestion import did_you_mean


@dataclass(frozen=True, kw_only=True)
class ExplainedTemplate:
    """A template as a whole."""

    template: str
    description: str
    stages: tuple[tuple[str, tuple[str, ...], str], ...]
    """Of its pipeline: name, actions, and the condition in words under which the stage exists."""
    required: tuple[str, ...]
    """Parameters without a default."""
    optional: tuple[str, ...]
    resources: tuple[tuple[str, str, str], ...]
    """Name, type, and the condition in words."""


@dataclass(frozen=True, kw_only=True)
class ExplainedResource:
    """A resource: what it is for, what it may do, who may use it."""

    template: str
    resource: str
    type: str
    purpose: str
    only_if: str
    whose: str
    """The holders of a role or shared policy."""
    trust: tuple[TrustStatement, ...]
    """The trust policy of a role."""
    matches: tuple[str, ...]
    """The pattern of an EventBridge rule, a line for each field."""
    allows: tuple[GrantedStatement, ...]
    """The statements of a role or shared policy."""
    allowed_to: tuple[GrantedStatement, ...]
    """Statements of this template that name the resource: who may do what with it."""
    parameters: tuple[str, ...]
    """That it depends on, by a value or a condition."""
    uses: tuple[str, ...]
    used_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExplainedStage:
    """A stage of the pipeline: its actions, and what they depend on."""

    template: str
    stage: str
    pipeline: str
    """The resource that the stage belongs to."""
    only_if: str
    actions: tuple[tuple[str, str, str], ...]
    """Name, provider, and the condition in words."""
    parameters: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExplainedParameter:
    """A parameter: what may be typed, and what it changes."""

    template: str
    parameter: str
    description: str
    default: str | None
    """None if it is required."""
    allowed: str
    """In Markdown, as on the page."""
    decides: tuple[tuple[str, str], ...]
    """Resources, stages, actions and statements that exist or not, each with the condition in words."""
    changes: tuple[str, ...]
    """Resources with a property that has its value."""
    replaces: tuple[Replacement, ...]
    """Resources that an update with another value replaces."""
    updates: tuple[str, ...]
    """Resources that it updates in place."""
    exports: tuple[str, ...]
    """Outputs with an export that changes."""
    permissions: tuple[GrantedStatement, ...]
    """Statements about what it names."""
    refusals: tuple[str, ...]
    """The rules that it is part of, with their messages."""


Explained = ExplainedTemplate | ExplainedResource | ExplainedStage | ExplainedParameter


def explained(name: str, template: Template, thing: str = "") -> Explained:
    """The template, or the resource, parameter or stage of it with this name."""
    body = to_dict(template)
    if not thing:
        return _template(name, body)
    if thing in body["Resources"]:
        return _resource(name, template, body, thing)
    if thing in body["Parameters"]:
        return _parameter(name, template, body, thing)
    stages = {stage["Name"]: (pipeline, condition, stage) for pipeline, condition, stage in _stages_of(body)}
    if thing in stages:
        return _stage(name, body, *stages[thing])
    hint = did_you_mean(thing, things_of(body))
    raise WrongUsageError(
        f"{name} has no resource, parameter or stage {thing}{hint}: `{program()} explain {name}` lists them all"
    )


def things_of(body: Rendered) -> list[str]:
    """The names in a template that can be explained."""
    stages = [stage["Name"] for _, _, stage in _stages_of(body)]
    return list(dict.fromkeys([*body["Resources"], *body["Parameters"], *stages]))


def homes_of(thing: str) -> list[str]:
    """The templates that have a resource or parameter of this name."""
    bodies = {name: to_dict(build()) for name, build in catalog.templates().items()}
    return [name for name, body in bodies.items() if thing in body["Resources"] or thing in body["Parameters"]]


def _template(name: str, body: Rendered) -> ExplainedTemplate:
    parameters = body["Parameters"]
    return ExplainedTemplate(
        template=name,
        description=f"{body['Description']}.",
        stages=tuple(_stages(body)),
        required=tuple(each for each, declared in parameters.items() if "Default" not in declared),
        optional=tuple(each for each, declared in parameters.items() if "Default" in declared),
        resources=tuple(
            (each, resource["Type"], _words(resource.get("Condition", ""), body))
            for each, resource in body["Resources"].items()
        ),
    )


def _stages(body: Rendered) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for _, condition, stage in _stages_of(body):
        yield stage["Name"], tuple(each["Name"] for _, each in map(optional, stage["Actions"])), _words(condition, body)


def _stages_of(body: Rendered) -> Iterator[tuple[str, str, Rendered]]:
    """The resource, the condition and the stage, for each stage of a pipeline."""
    for name, resource in body["Resources"].items():
        if resource["Type"] == "AWS::CodePipeline::Pipeline":
            for condition, stage in map(optional, resource["Properties"]["Stages"]):
                yield name, condition, stage


def _stage(name: str, body: Rendered, pipeline: str, condition: str, stage: Rendered) -> ExplainedStage:
    named = {*references(stage), *_asked(stage, body), *(parameters_of(condition, body) if condition else ())}
    return ExplainedStage(
        template=name,
        stage=stage["Name"],
        pipeline=pipeline,
        only_if=_words(condition, body),
        actions=tuple(
            (action["Name"], action["ActionTypeId"]["Provider"], _words(own, body))
            for own, action in map(optional, stage["Actions"])
        ),
        parameters=tuple(each for each in body["Parameters"] if each in named),
        uses=tuple(each for each in body["Resources"] if each in named),
    )


def _resource(name: str, template: Template, body: Rendered, thing: str) -> ExplainedResource:
    resource, statements = body["Resources"][thing], list(statements_of(template, body))
    named = dict.fromkeys(references(resource))
    return ExplainedResource(
        template=name,
        resource=thing,
        type=resource["Type"],
        purpose=_purpose(template, resource, thing),
        only_if=_words(resource.get("Condition", ""), body),
        whose=whose(thing, body) if resource["Type"] in OWNERS else "",
        trust=tuple(trust_statements(resource)) if resource["Type"] == ROLE else (),
        matches=tuple(pattern_lines(resource["Properties"].get("EventPattern", {}))),
        allows=tuple(each for each in statements if each.owner == thing),
        allowed_to=tuple(each for each in statements if thing in references(each.body["Resource"])),
        parameters=tuple(each for each in body["Parameters"] if each in named or each in _asked(resource, body)),
        uses=tuple(each for each in body["Resources"] if each in named),
        used_by=tuple(
            other for other, each in body["Resources"].items() if other != thing and thing in references(each)
        ),
    )


def _purpose(template: Template, resource: Rendered, thing: str) -> str:
    """The purpose that its component gives it, its description as AWS shows it, or the purpose of its type."""
    given = template.resources[thing].resource.get("Metadata", {}).get(PURPOSE)
    described = resource.get("Properties", {}).get("Description")
    return given or (f"{described}." if isinstance(described, str) else resource_type(resource["Type"]).purpose)


def _parameter(name: str, template: Template, body: Rendered, thing: str) -> ExplainedParameter:
    declared = body["Parameters"][thing]
    default = declared.get("Default")
    effects = parameter_effects(thing, body)
    return ExplainedParameter(
        template=name,
        parameter=thing,
        description=declared["Description"],
        default=None if default is None else str(default),
        allowed=allowed(declared),
        decides=tuple(_decided(thing, template, body)),
        changes=tuple(each for each, resource in body["Resources"].items() if thing in references(resource)),
        replaces=effects.replaces,
        updates=effects.updates,
        exports=effects.exports,
        permissions=tuple(each for each in statements_of(template, body) if thing in references(each.body)),
        refusals=tuple(_refusals(thing, body)),
    )


def _decided(thing: str, template: Template, body: Rendered) -> Iterator[tuple[str, str]]:
    """The parts that exist or not by a condition that involves the parameter."""
    by = {each for each in body.get("Conditions", {}) if thing in parameters_of(each, body)}
    for name, resource in body["Resources"].items():
        if resource.get("Condition") in by:
            yield name, _words(resource["Condition"], body)
    for _, condition, stage in _stages_of(body):
        if condition in by:
            yield f"stage {stage['Name']}", _words(condition, body)
        for own, action in map(optional, stage["Actions"]):
            if own in by:
                yield f"action {stage['Name']}/{action['Name']}", _words(own, body)
    words = {_words(each, body) for each in by}
    for statement in statements_of(template, body):
        if statement.only_if in words:
            yield f"statement {statement.owner}/{statement.sid}", statement.only_if


def _refusals(thing: str, body: Rendered) -> Iterator[str]:
    for rule in body.get("Rules", {}).values():
        yield from (each["AssertDescription"] for each in rule["Assertions"] if thing in references([rule, each]))


def _asked(part: Mapping[str, Any], body: Rendered) -> set[str]:
    """The parameters in the conditions of a resource or stage, and of what is in it."""
    conditions = {argument[0] for function, argument in functions_in(part) if function == "Fn::If"}
    conditions |= {part["Condition"]} if "Condition" in part else set()
    return {each for condition in conditions for each in parameters_of(condition, body)}


def _words(condition: str, body: Rendered) -> str:
    return in_words(condition, body["Conditions"]) if condition else ""
