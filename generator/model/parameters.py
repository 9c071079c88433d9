"""The console's form: parameters with their place in it, conditions on them, rules over several of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import AWSHelperFn, Equals, Not, Parameter, Ref, Template

INTERFACE = "AWS::CloudFormation::Interface"
LONGEST_LIST = 30  # characters of choices that a message repeats; the form lists all of them
# At the start of a pattern of a list with commas: no item twice. Its groups are the first two of the pattern.
# CloudFormation takes patterns of Java, which have look-ahead and back-references as those of Python.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-regexes.html
EACH_ONCE = r"(?!(.*,)?([^,]+),(.*,)?\2(,|$))"


def add_parameter(
    template: Template, name: str, *, group: str, label: str, description: str, type: str = "String", **constraints: Any
) -> Ref:
    """A parameter and its place in the console's form: groups and parameters appear in the order they are added.

    `constraints` are the other properties of a CloudFormation parameter: Default, AllowedPattern, MinValue, ...
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-cloudformation-interface.html
    """
    interface = template.metadata.setdefault(INTERFACE, {"ParameterGroups": [], "ParameterLabels": {}})
    interface["ParameterLabels"][name] = {"default": label}
    members = next((g["Parameters"] for g in interface["ParameterGroups"] if g["Label"]["default"] == group), None)
    if members is None:
        members = []
        interface["ParameterGroups"].append({"Label": {"default": group}, "Parameters": members})
    members.append(name)
    parameter = Parameter(name, Type=type, Description=description, **constraints)
    return Ref(template.add_parameter(parameter))


def add_choice(
    template: Template,
    name: str,
    *,
    group: str,
    label: str,
    description: str,
    choices: Sequence[str],
    default: str = "",
) -> Ref:
    """A parameter with the values `choices`. The default is the first one."""
    return add_parameter(
        template,
        name,
        group=group,
        label=label,
        description=description,
        Default=default or choices[0],
        AllowedValues=list(choices),
        ConstraintDescription=listed if len(listed := " or ".join(choices)) <= LONGEST_LIST else "a listed value",
    )


def add_number(
    template: Template, name: str, *, group: str, label: str, description: str, default: int, least: int, most: int
) -> Ref:
    """A parameter that is a whole number from `least` to `most`."""
    return add_parameter(
        template,
        name,
        group=group,
        label=label,
        description=description,
        # CloudFormation checks that it is a number, and then passes it on as text.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
        type="Number",
        Default=default,
        MinValue=least,
        MaxValue=most,
        ConstraintDescription=f"{least} to {most}",
    )


def add_condition(template: Template, name: str, condition: AWSHelperFn) -> str:
    """A condition under a name of its own (troposphere would overwrite an equal name silently)."""
    if name in template.conditions:
        raise ValueError(f"condition {name} exists already")
    return str(template.add_condition(name, condition))


def under(condition: str) -> dict[str, Any]:
    """The attribute of a resource or output that exists under this condition; empty without a condition."""
    return {"Condition": condition} if condition else {}


def is_given(parameter: Ref) -> Not:
    """True if an optional parameter was filled in."""
    return Not(Equals(parameter, ""))


def add_rule(template: Template, name: str, *assertions: tuple[object, str], when: object | None = None) -> None:
    """A rule that refuses a combination before anything is created. Each assertion says what to type instead.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    rule: dict[str, Any] = {} if when is None else {"RuleCondition": when}
    rule["Assertions"] = [{"Assert": test, "AssertDescription": message} for test, message in assertions]
    template.add_rule(name, rule)
