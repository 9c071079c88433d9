"""The ways to deploy a template: with existing resources, without them, and with each choice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from generator.cloudformation.offline_stack import OfflineStack
from generator.cloudformation.template_rules import broken
from tests.rendered import Rendered, refs
from tests.samples import choices, sample
from tests.stacked import deployed, names

Trial = Callable[[Rendered], Iterator[str]]


def with_conditions(promise: Trial) -> Trial:
    """Marks a promise that decides conditions by itself: it is shown the template with all of them."""
    promise.with_conditions = True  # type: ignore[attr-defined]
    return promise


def variants(template: Rendered, letter: str = "a") -> Iterator[tuple[str, OfflineStack]]:
    """Stacks with all possible values: with existing resources, with their own, and with each choice.

    If the rules refuse that, some values are left out, in each way that they accept. Names are made of the letter.
    """
    given = {**sample(template, letter, optional=True), **names(template, letter)}
    conditions = template.get("Conditions", {})
    existing = [each for each in given if {"Fn::Equals": [{"Ref": each}, ""]} in conditions.values()]
    own = {each: value for each, value in given.items() if each not in existing}
    wanted = {"with existing things": given, "with things of its own": own}
    for name, value in choices(template):
        if f'"{name}"' in json.dumps([conditions, template.get("Rules", {})]):
            wanted[f"{name}={value}"] = {**own, name: value}
    for variant, values in wanted.items():
        for accepted in _accepted(template, values):
            yield variant, deployed(template, f"{letter}-stack", accepted)


def needed(template: Rendered, letter: str = "a") -> dict[str, str]:
    """The parameters of a stack with only the required values."""
    return {**sample(template, letter), **names(template, letter)}


def refusals(template: Rendered, values: Mapping[str, str]) -> list[str]:
    """The messages of the rules that refuse the values, and the defaults of all other parameters."""
    return [message for _, message in broken(template.get("Rules", {}), {**_defaults(template), **values})]


def _accepted(template: Rendered, values: dict[str, str]) -> list[dict[str, str]]:
    """The values, or those that are left when optional ones are removed, one or a group, until no rule refuses them."""
    refused = refusals(template, values)
    if not refused:
        return [values]
    optional = {name for name in values if template["Parameters"][name].get("Default") == ""}
    ones = [_without(values, {name}) for name in sorted(optional)]
    groups = [_without(values, optional & asked) for asked in _asked(template, values)]
    better = [each for each in (*ones, *groups) if len(refusals(template, each)) < len(refused)]
    found = [accepted for each in better for accepted in _accepted(template, each)]
    return [each for number, each in enumerate(found) if each not in found[:number]]


def _without(values: Mapping[str, str], names_: set[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names_}


def _asked(template: Rendered, values: Mapping[str, str]) -> Iterator[set[str]]:
    """The parameters of each assertion that refuses the values, if it asks for several to be empty together."""
    for name, rule in template.get("Rules", {}).items():
        for assertion in rule["Assertions"]:
            if any(broken({name: {**rule, "Assertions": [assertion]}}, {**_defaults(template), **values})):
                yield set(refs(assertion["Assert"]))


def _defaults(template: Rendered) -> dict[str, str]:
    return {name: str(declaration.get("Default", "")) for name, declaration in template.get("Parameters", {}).items()}
