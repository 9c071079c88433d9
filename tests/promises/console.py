"""Promises to the person in front of the console."""

from __future__ import annotations

from collections.abc import Iterator

from tests.rendered import Rendered

CONSTRAINTS = {"AllowedPattern", "AllowedValues", "MinValue", "MaxValue", "MinLength", "MaxLength"}


def parameters_have_a_place_and_a_label(template: Rendered) -> Iterator[str]:
    """Every parameter is in exactly one group of the form and has a label."""
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    placed = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    for name in template["Parameters"]:
        if placed.count(name) != 1:
            yield f"{name} is in {placed.count(name)} groups of ParameterGroups, must be in one"
        if not interface["ParameterLabels"].get(name, {}).get("default"):
            yield f"{name} has no label"
    for name in {*placed, *interface["ParameterLabels"]} - template["Parameters"].keys():
        yield f"{name} is in the groups or labels, and is not a parameter"


def parameters_say_what_to_type(template: Rendered) -> Iterator[str]:
    """Every parameter is described and constrained, with a message, unless AWS's own type does it."""
    for name, parameter in template["Parameters"].items():
        if not parameter.get("Description"):
            yield f"{name} is not described"
        if "AWS::" not in parameter["Type"] and not (
            CONSTRAINTS & parameter.keys() and parameter.get("ConstraintDescription")
        ):
            yield f"{name} needs a constraint and a ConstraintDescription that says what to type"


def rules_say_what_to_do(template: Rendered) -> Iterator[str]:
    """Every assertion of a rule has its message."""
    for name, rule in template.get("Rules", {}).items():
        if not all(assertion.get("AssertDescription") for assertion in rule["Assertions"]):
            yield f"an assertion of {name} has no AssertDescription that says what to do"


def outputs_are_described(template: Rendered) -> Iterator[str]:
    """Every output is described."""
    for name, output in template.get("Outputs", {}).items():
        if not output.get("Description"):
            yield f"output {name} is not described"
