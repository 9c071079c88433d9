"""Looking into a rendered template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.model.script import script_text

Rendered = dict[str, Any]
_VARIABLE = re.compile(r'"name\\": ?\\"(\w+)\\", ?\\"value\\": ?\\"(.*?)\\"')
POLICIES = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "RepositoryPolicyText")


def resources(template: Rendered, *types: str) -> Iterator[tuple[str, Rendered]]:
    """The resources of the types (all, when none is named): logical id and properties."""
    for name, resource in template["Resources"].items():
        if not types or resource["Type"] in types:
            yield name, resource.get("Properties", {})


def has_its_own_vpc(template: Rendered) -> bool:
    """Whether the template makes a VPC: for builds of other stacks, or for its own."""
    return any(True for _ in resources(template, "AWS::EC2::VPC"))


def has_builds(template: Rendered) -> bool:
    """Whether the template has builds of its own."""
    return any(True for _ in resources(template, "AWS::CodeBuild::Project"))


def has_pipeline(template: Rendered) -> bool:
    """Whether the template has a pipeline."""
    return any(True for _ in resources(template, "AWS::CodePipeline::Pipeline"))


def has_own_vpc_and_pipeline(template: Rendered) -> bool:
    """Whether the template is a pipeline that needs no other stack."""
    return has_its_own_vpc(template) and has_pipeline(template)


def is_shared_network(template: Rendered) -> bool:
    """Whether the template makes a VPC in which builds of other stacks run."""
    return has_its_own_vpc(template) and not has_builds(template)


def strings(value: Any) -> Iterator[str]:
    """Every string in the value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def refs(node: Any) -> Iterator[str]:
    """The parameters and resources that are referred to below the node."""
    if isinstance(node, dict):
        yield from [node["Ref"]] if "Ref" in node else refs(list(node.values()))
    elif isinstance(node, list):
        for item in node:
            yield from refs(item)


def variables_of(action: Rendered) -> Iterator[tuple[str, str]]:
    """The variables that an action hands to the build that it runs, optional ones included: name and value."""
    text = json.dumps(action.get("Configuration", {}).get("EnvironmentVariables", "")).replace("\\\\", "\\")
    yield from _VARIABLE.findall(text)


def policies(value: Any, where: str = "") -> Iterator[tuple[str, str, Rendered]]:
    """Every policy document below the value: its place, its property, the document."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in POLICIES and isinstance(item, dict):
                yield where, key, item
            else:
                yield from policies(item, f"{where}/{key}" if where else key)
    elif isinstance(value, list):
        for item in value:
            yield from policies(item, where)


def statements(template: Rendered) -> Iterator[tuple[str, str, Rendered]]:
    """Every statement of every policy, whatever it depends on: place with its Sid, the policy's property, itself."""
    for where, kind, document in policies(template["Resources"]):
        for choice in alternatives(document):
            for entry in choice["Statement"]:
                for statement in alternatives(entry):
                    yield f"{where}/{statement.get('Sid', kind)}", kind, statement


def alternatives(value: Any) -> Iterator[Any]:
    """The possible values: both outcomes of each Fn::If, without AWS::NoValue."""
    if isinstance(value, dict) and "Fn::If" in value:
        for outcome in value["Fn::If"][1:]:
            yield from alternatives(outcome)
    elif value != {"Ref": "AWS::NoValue"}:
        yield value


def listed(value: Any) -> list[Any]:
    """The value as a list."""
    return value if isinstance(value, list) else [value]


def actions(template: Rendered) -> Iterator[tuple[int, str, Rendered]]:
    """The actions of every pipeline: number of the stage, its name, the action."""
    for _, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        for number, stage in enumerate(pipeline["Stages"]):
            for action in stage["Actions"]:
                yield number, stage["Name"], action


def with_texts(value: Any) -> Any:
    """The value with the lines of each script in one text."""
    match value:
        case {"Fn::Join": ["\n", list()]}:
            return script_text(value)
        case dict():
            return {key: with_texts(item) for key, item in value.items()}
        case list():
            return [with_texts(item) for item in value]
    return value
