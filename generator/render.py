"""A template as text. Nothing else serializes."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any, TypeAlias

from troposphere import AWSHelperFn, BaseAWSObject, Template

from generator.iam import WHY

# A template that is too large for CloudFormation at one width is laid out at the next one: longer lines, fewer of them.
WIDTHS = (140, 180, 240, 400, 1000)
# What a request may carry, in bytes; a larger template has to go through a bucket.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMIT = 51_200
# A container to lay out: of each item the key, its text on one line, and the container that it is itself; its brackets.
Container: TypeAlias = "tuple[list[tuple[str, str, Container | None]], str, str]"
ATTRIBUTES = ("Type", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Properties")


def to_dict(template: Template) -> dict[str, Any]:
    """The template as plain data: sections as CloudFormation's guide orders them, resources as they were assembled.

    The reasons of grants stay behind: a template has 51,200 bytes, and the reference in docs/ tells them.
    """
    plain: dict[str, Any] = _plain(_sections(template))
    return plain


def to_json(template: Template) -> str:
    """The template as JSON in the order of its assembly; what fits on a line stays on one.

    Lines are as wide as they have to be for a template to stay within what a request may carry.
    """
    line, container = _measured(_sections(template))
    if container is None:
        return line + "\n"
    for width in WIDTHS:
        text = _laid_out(container, "", width) + "\n"
        if len(text.encode()) <= LIMIT:
            break
    return text


def to_yaml(template: Template) -> str:
    """The template as YAML, in the same order."""
    import yaml  # not for the other commands: they start without it

    return str(yaml.safe_dump(to_dict(template), sort_keys=False, width=WIDTHS[0], allow_unicode=True))


def _sections(template: Template) -> dict[str, Any]:
    sections = {
        "AWSTemplateFormatVersion": template.version,
        "Description": template.description,
        "Metadata": template.metadata,
        "Parameters": template.parameters,
        "Mappings": template.mappings,
        "Rules": template.rules,
        "Conditions": template.conditions,
        "Resources": {name: _resource(resource.resource) for name, resource in template.resources.items()},
        "Outputs": template.outputs,
    }
    return {name: section for name, section in sections.items() if section}


def _resource(resource: dict[str, Any]) -> dict[str, Any]:
    ordered = {attribute: resource[attribute] for attribute in ATTRIBUTES if attribute in resource} | resource
    told = {key: value for key, value in ordered.pop("Metadata", {}).items() if key != WHY}
    return ordered | ({"Metadata": told} if told else {})


def _unwrapped(value: Any) -> Any:
    """What an object of troposphere or awacs holds; other values are themselves.

    Template.to_dict() gives the same in the end, as the tests hold, but encodes a nested property once for every level
    above it: that alone takes longer than all the rest of a template's text.
    """
    while not isinstance(value, (str, dict, list, tuple)):
        if isinstance(value, BaseAWSObject):
            value = value.resource
        elif isinstance(value, AWSHelperFn):
            value = value.data if hasattr(value, "data") else value.to_dict()  # Tags have no data
        elif hasattr(value, "JSONrepr"):
            value = value.JSONrepr()
        else:
            break
    return value


def _plain(value: Any) -> Any:
    value = _unwrapped(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _measured(value: Any) -> tuple[str, Container | None]:
    """The value on one line, and for a container what is needed to lay it out on several."""
    if not isinstance(value, (str, dict, list)):
        value = _unwrapped(value)
    if isinstance(value, str):
        return encode_basestring(value), None
    if isinstance(value, dict):
        items = [(f"{encode_basestring(key)}:", *_measured(item)) for key, item in value.items()]
        line = "{" + ",".join([key + text for key, text, _ in items]) + "}"
        return line, (items, "{", "}")
    if isinstance(value, (list, tuple)):
        items = [("", *_measured(item)) for item in value]
        line = "[" + ",".join([text for _, text, _ in items]) + "]"
        return line, (items, "[", "]")
    return json.dumps(value), None


def _laid_out(container: Container, indent: str, width: int) -> str:
    """A container that is too long for its line, ending at `indent`. Items share a line as far as they fit.

    A container of a single item opens on the line that it stands on: `{"Fn::Sub": [`.
    """
    items, opening, closing = container
    inner = indent if len(items) == 1 else indent + " "
    lines: list[str] = []
    room = 0
    for key, text, inside in items:
        line = key + text
        if inside and len(inner) + len(line) >= width:
            lines.append(key + _laid_out(inside, inner, width))
            room = 0
        elif len(line) + 1 <= room:
            lines[-1] += f",{line}"
            room -= len(line) + 1
        else:
            lines.append(line)
            room = width - len(inner) - len(line) - 1
    if len(items) == 1:
        return opening + lines[0] + closing
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{closing}"
