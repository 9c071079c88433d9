"""A template as text. Nothing else serializes."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any

from troposphere import AWSHelperFn, BaseAWSObject, Template

from generator.iam import WHY

WIDTH = 140
ATTRIBUTES = ("Type", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Properties")


def to_dict(template: Template) -> dict[str, Any]:
    """The template as plain data: sections as CloudFormation's guide orders them, resources as they were assembled.

    The reasons of grants stay behind: a template has 51,200 bytes, and the reference in docs/ tells them.
    """
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
    return {name: _plain(section) for name, section in sections.items() if section}


def _resource(resource: dict[str, Any]) -> dict[str, Any]:
    ordered = {attribute: resource[attribute] for attribute in ATTRIBUTES if attribute in resource} | resource
    told = {key: value for key, value in ordered.pop("Metadata", {}).items() if key != WHY}
    return ordered | ({"Metadata": told} if told else {})


def _plain(value: Any) -> Any:
    """The objects of troposphere and awacs as plain data.

    Template.to_dict() gives the same, as the tests hold, but encodes a nested property once for every level above it:
    that alone takes longer than all the rest of a template's text.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, BaseAWSObject):
        return _plain(value.resource)
    if isinstance(value, AWSHelperFn):
        return _plain(value.data)
    return _plain(value.JSONrepr()) if hasattr(value, "JSONrepr") else value


def to_json(template: Template) -> str:
    """The template as JSON in the order of its assembly; what fits on a line stays on one."""
    sections = to_dict(template)
    inline: dict[int, list[str]] = {}
    _inline(sections, inline)
    return _layout(sections, inline, "") + "\n"


def to_yaml(template: Template) -> str:
    """The template as YAML, in the same order."""
    import yaml  # not for the other commands: they start without it

    return str(yaml.safe_dump(to_dict(template), sort_keys=False, width=WIDTH, allow_unicode=True))


def _inline(value: Any, inline: dict[int, list[str]]) -> str:
    """`value` on one line. The items of each container are kept in `inline`, each on one line with its key."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        items = [f"{encode_basestring(key)}: {_inline(item, inline)}" for key, item in value.items()]
        line = "{" + ", ".join(items) + "}"
    elif isinstance(value, list):
        items = [_inline(item, inline) for item in value]
        line = "[" + ", ".join(items) + "]"
    else:
        return json.dumps(value)
    inline[id(value)] = items
    return line


def _layout(value: dict[str, Any] | list[Any], inline: dict[int, list[str]], indent: str) -> str:
    """A container that is too long for its line, ending at `indent`. Items share a line as far as they fit.

    A container of a single item opens on the line that it stands on: `{"Fn::Sub": [`.
    """
    alone = len(value) == 1
    inner = indent if alone else indent + " "
    lines: list[str] = []
    room = 0
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for (key, item), line in zip(items, inline[id(value)], strict=True):
        if isinstance(item, (dict, list)) and len(inner) + len(line) >= WIDTH:
            head = "" if key is None else f"{encode_basestring(key)}: "
            lines.append(head + _layout(item, inline, inner))
            room = 0
        elif len(line) + 2 <= room:
            lines[-1] += f", {line}"
            room -= len(line) + 2
        else:
            lines.append(line)
            room = WIDTH - len(inner) - len(line) - 1
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if alone:
        return opening + lines[0] + closing
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{closing}"
