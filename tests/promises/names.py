"""Promises about names and places: any partition, any region, any number of stacks, no update in the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from generator.checks.lint import schemas
from tests.rendered import Rendered, resources, strings

LONGEST_STACK_NAME = (
    "a" * 128
)  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
# Limits that the schemas do not tell. https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
LIMITS = {"AWS::CodeBuild::Project.Name": 150}
SPELLED = re.compile(
    r"arn:aws[a-z-]*:"
    r"|\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov|-iso[bf]?)?-(central|north|south|east|west|northeast|southeast|northwest)-\d[a-f]?\b"
    r"|\b\d{12}\b"
)


def no_place_is_spelled_out(template: Rendered) -> Iterator[str]:
    """No partition, region, availability zone or account is written into rules, conditions, resources or outputs."""
    for section in ("Rules", "Conditions", "Resources", "Outputs"):
        for text in strings(template.get(section, {})):
            if found := SPELLED.search(text):
                yield f"{section}: {found.group()} in {text[:80]!r}"


def capability_iam_is_enough(template: Rendered) -> Iterator[str]:
    """Nothing of IAM has a name of its own, so CAPABILITY_NAMED_IAM is not needed."""
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        if kind.startswith("AWS::IAM::") and {"RoleName", "ManagedPolicyName", "GroupName"} & properties.keys():
            yield f"{name} has a name of its own"


def names_do_not_stand_in_the_way_of_an_update(template: Rendered) -> Iterator[str]:
    """What the template gives a name is never replaced for another reason than that name: the two would collide.

    Whoever has to type a name can type another one, and what had the old one is kept.
    """
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        chosen = {key for key in _own_names(kind) & properties.keys() if _is_typed(template, properties[key])}
        if chosen and template["Resources"][name].get("UpdateReplacePolicy") != "Retain":
            yield f"{name} is lost when another name is typed"
        named = _own_names(kind) & properties.keys() - chosen
        others = sorted(_create_only(kind) - named)
        if named and others:
            yield f"{name} is named by {', '.join(named)}, and {', '.join(others)} would replace it"


def names_fit_for_the_longest_stack_name(template: Rendered) -> Iterator[str]:
    """Each name that is made from the stack's fits AWS's limit, whatever the stack is called."""
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        for key in _own_names(kind) & properties.keys():
            most = LIMITS.get(f"{kind}.{key}") or _schema(kind)["properties"][key]["maxLength"]
            if _is_typed(template, properties[key]):
                if template["Parameters"][properties[key]["Ref"]].get("MaxLength", most + 1) > most:
                    yield f"{name}.{key} can be typed too long, AWS takes {most}"
                continue
            text = json.dumps(properties[key]).replace("${AWS::StackName}", LONGEST_STACK_NAME)
            length = len(text) - len(json.dumps({"Fn::Sub": ""}))
            if length > most:
                yield f"{name}.{key} can have {length} characters, AWS takes {most}"


def two_stacks_live_side_by_side(template: Rendered) -> Iterator[str]:
    """Every name, path and export that this account and region share holds the stack's name, or has to be typed."""
    for name, properties in resources(template):
        for key in _own_names(template["Resources"][name]["Type"]) & properties.keys():
            if "${AWS::StackName}" not in json.dumps(properties[key]) and not _is_typed(template, properties[key]):
                yield f"{name}.{key} is the same in every stack"
    for name, output in template.get("Outputs", {}).items():
        if output.get("Export", {}).get("Name") != {"Fn::Sub": f"${{AWS::StackName}}-{name}"}:
            yield f"output {name} is exported under another name"


def _is_typed(template: Rendered, name: Any) -> bool:
    """Whether a name is a parameter without a default: nobody gets it without having typed it."""
    return isinstance(name, dict) and "Default" not in template["Parameters"].get(name.get("Ref"), {"Default": ""})


@cache
def _schema(kind: str) -> dict[str, Any]:
    return dict(schemas().get_resource_schema("us-east-1", kind).schema)


def _create_only(kind: str) -> set[str]:
    return {path.split("/")[2] for path in _schema(kind).get("createOnlyProperties", [])}


def _own_names(kind: str) -> set[str]:
    """The properties that name a resource of the type itself, not another one: GroupName of a SecurityGroup."""
    return {
        name
        for name in _create_only(kind)
        if name == "Name" or (name.endswith("Name") and kind.endswith(name.removesuffix("Name")))
    }
