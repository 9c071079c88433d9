"""A template as text. Nothing else serializes."""

from __future__ import annotations

import itertools
import json
from json.encoder import encode_basestring
from typing import Any, TypeAlias

from troposphere import AWSHelperFn, BaseAWSObject, Template

from generator.model.grants import WHY
from generator.model.purpose import PURPOSE
from generator.model.script import Lines

# A container that is too long for a line of this width is laid out on several. A single text may be longer.
WIDTH = 120
CLOSING = 4  # room for the brackets that close a line
# An item of a container: its key, the item on one line (None if that is too long), and the container that it is.
Item: TypeAlias = "tuple[str, str | None, Container | None]"
# A container to lay out: its items, its brackets, and whether it holds the lines of a script.
Container: TypeAlias = "tuple[list[Item], str, str, bool]"
ATTRIBUTES = ("Type", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Properties")


def to_dict(template: Template) -> dict[str, Any]:
    """The template as plain data: sections as CloudFormation's guide orders them, resources as they were assembled.

    The reasons of grants are left out: a template has 51,200 bytes, and the reference in docs/ lists them.
    """
    plain: dict[str, Any] = _plain(_sections(template))
    return plain


def to_json(template: Template) -> str:
    """The template as JSON in the order of its assembly.

    A value that fits on a line stays on one, short items share a line, and every line of a script has its own line.
    """
    return _laid_out(_contents(_sections(template)), "", 0) + "\n"


def to_yaml(template: Template) -> str:
    """The template as YAML, in the same order, with scripts as literal blocks."""
    import yaml  # the other commands start faster without it

    class Dumper(yaml.SafeDumper):
        """Writes a text of several lines as a literal block."""

    def text(dumper: Dumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    blocks = _in_blocks(to_dict(template))
    return str(yaml.dump(blocks, Dumper=Dumper, sort_keys=False, width=WIDTH, allow_unicode=True))


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
    told = {key: value for key, value in ordered.pop("Metadata", {}).items() if key not in (WHY, PURPOSE)}
    return ordered | ({"Metadata": told} if told else {})


def _unwrapped(value: Any) -> Any:
    """The plain value inside an object of troposphere or awacs; any other value is returned unchanged.

    Template.to_dict() gives the same result, as a test proves, but encodes a nested property once for every level above
    it: that alone takes longer than all other steps from a template to its text.
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


def _in_blocks(value: Any) -> Any:
    """The plain data with the lines of each script in one text, or in several around what only a stack knows."""
    match value:
        case {"Fn::Join": ["\n", list(lines)]}:
            blocks: list[Any] = []
            for is_text, group in itertools.groupby(lines, lambda line: isinstance(line, str)):
                pieces = list(group)
                blocks += ["\n".join(pieces)] if is_text else pieces
            return blocks[0] if len(blocks) == 1 else {"Fn::Join": ["\n", blocks]}
        case dict():
            return {key: _in_blocks(item) for key, item in value.items()}
        case list():
            return [_in_blocks(item) for item in value]
    return value


def _measured(value: Any) -> tuple[str | None, Container | None]:
    """The value on one line, or None where that is too long, and the container that it is."""
    if not isinstance(value, (str, dict, list)):
        value = _unwrapped(value)
    if isinstance(value, str):
        return encode_basestring(value), None
    if isinstance(value, (dict, list, tuple)):
        container = _contents(value)
        return _on_one_line(container), container
    return json.dumps(value), None


def _contents(value: dict[str, Any] | list[Any] | tuple[Any, ...]) -> Container:
    if isinstance(value, dict):
        return [(f"{encode_basestring(key)}:", *_measured(item)) for key, item in value.items()], "{", "}", False
    if isinstance(value, Lines):
        return _lines(value), "[", "]", True
    if value and isinstance(value[-1], Lines):  # Fn::Join of a script: the separator shares the line of both brackets
        before = "".join(f"{_compact(item)}," for item in value[:-1])
        return _lines(value[-1]), f"[{before}[", "]]", True
    return [("", *_measured(item)) for item in value], "[", "]", False


def _lines(script: Lines) -> list[Item]:
    return [("", _compact(line), None) for line in script]


def _compact(value: Any) -> str:
    """The value on one line, however long."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _on_one_line(container: Container) -> str | None:
    items, opening, closing, is_script = container
    if is_script:
        return None
    parts = []
    for key, text, _ in items:
        if text is None:
            return None
        parts.append(key + text)
    line = opening + ",".join(parts) + closing
    return line if len(line) < WIDTH else None


def _laid_out(container: Container, indent: str, column: int) -> str:
    """A container that is too long for its line, which it begins at `column`; it ends at `indent`.

    Items share a line as far as they fit. A container of a single item opens on the line of that item, as in
    `{"Fn::Sub": [`, if that line is not too long. The lines of a script do not share one. They begin at the left edge,
    because they have an indentation of their own.
    """
    items, opening, closing, is_script = container
    if not items:
        return opening + closing
    if len(items) == 1 and not is_script:
        [(key, text, inside)] = items
        start = column + len(opening) + len(key)
        item = _laid_out(inside, indent, start) if inside else text
        if start + len(str(item).partition("\n")[0]) <= WIDTH - CLOSING:
            return f"{opening}{key}{item}{closing}"
    inner = "" if is_script else indent + " "
    lines: list[str] = []
    room = 0
    for key, text, inside in items:
        if inside and (text is None or len(inner) + len(key) + len(text) >= WIDTH):
            lines.append(key + _laid_out(inside, inner, len(inner) + len(key)))
            room = 0
            continue
        line = f"{key}{text}"
        if len(line) + 1 <= room:
            lines[-1] += f",{line}"
            room -= len(line) + 1
        else:
            lines.append(line)
            room = 0 if is_script else WIDTH - len(inner) - len(line) - 1
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{closing}"
