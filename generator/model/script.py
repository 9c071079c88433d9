r"""Scripts inside a template: a buildspec or the code of a function, one line of it on each line of the template.

A script is written into the template as {"Fn::Join": ["\n", ["first line", "second line", ...]]}, so that it can be
reviewed there, and changing one line of the script changes one line of the template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-join.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from troposphere import AWSHelperFn, Join, Ref, Sub

# In the text of a script: the value of a parameter of the template. Bash, jq and YAML have no such form. Python has it
# in an f-string, but names of variables begin with a small letter, and names of parameters with a capital one.
MARKER = re.compile(r"@\{([A-Z][A-Za-z0-9]*)\}")
# Text that Fn::Sub cannot distinguish from its own variables: for it, ${ ends at the first closing brace.
_AMBIGUOUS = re.compile(r"\$\{(\}|[^}]*[@$]\{)")
# A ${ without a closing brace is text for Fn::Sub, which would leave the exclamation mark in.
_CLOSED = re.compile(r"\$\{(?=[^}]*\})")
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
NO_VALUES: Mapping[str, object] = MappingProxyType({})
# Replaces a value that is only known when the stack exists.
UNKNOWN = "reference"


class Lines(list[Any]):
    """A list that the renderer writes with one item per line."""


def script(text: str, *, comments: bool = True, values: Mapping[str, object] = NO_VALUES) -> Join:
    """The text as a value of a template, with its markers replaced; the last newline is left out.

    `@{Name}` in a line becomes the value of `values`, or else of the parameter `Name`; a `${variable}` of the shell
    stays as it is. With `comments=False`, blank lines and lines that hold only a comment are left out, except headings
    (##). Lines of a quoted text that begin with # count as comments.
    """
    return Join("\n", script_lines(text, comments=comments, values=values))


def script_lines(text: str, *, comments: bool = True, values: Mapping[str, object] = NO_VALUES) -> Lines:
    """The items of `script`, for a text that is composed of several."""
    lines = text.removesuffix("\n").split("\n")
    return Lines(_item(line, values) for line in lines if comments or not _is_comment(line))


def substituted(text: str) -> Join:
    """A text in which ${Name} is a value of the template, as in Fn::Sub. Each line is one line of the template."""
    return Join("\n", Lines(_substituted(line) for line in text.split("\n")))


def _substituted(line: str) -> str | Sub:
    literal = line.replace("${!", "")
    return Sub(line) if "${" in literal else line.replace("${!", "${")


def script_text(value: Any, mappings: Mapping[str, Any] | None = None) -> str | None:
    """The text of a script in a rendered template, or None if the template does not contain it.

    `mappings` are those of the template. Values that are known only when the stack exists are replaced by a word.
    """
    mappings = mappings or {}
    match value:
        case str():
            return value
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return _VARIABLE.sub(lambda found: f"${{{found[2]}}}" if found[1] else UNKNOWN, text)
        case {"Fn::FindInMap": [str(), str(), str()]}:
            return script_text(_found_in_map(value, mappings), mappings)
        case {"Fn::Join": [str(delimiter), parts]}:
            items = parts if isinstance(parts, list) else _found_in_map(parts, mappings)
            if isinstance(items, list):
                texts = (script_text(item, mappings) for item in items)
                return delimiter.join(UNKNOWN if text is None else text for text in texts)
    return None


def _is_comment(line: str) -> bool:
    """Whether the line is blank or holds only a comment. A heading, which begins with ##, always stays."""
    text = line.lstrip()
    return text[:1] in ("", "#") and not text.startswith("## ")


def _item(line: str, values: Mapping[str, object]) -> str | AWSHelperFn:
    """The line, or the function that produces it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
    """
    if "@{" not in line:
        return line
    if (whole := MARKER.fullmatch(line)) and whole[1] not in values:
        return Ref(whole[1])
    if not MARKER.search(line):
        return line
    if _AMBIGUOUS.search(line):
        raise ValueError(f"a marker beside nested braces, allowed: a variable, set on a line of its own: {line}")
    given: dict[str, Any] = {name: values[name] for name in MARKER.findall(line) if name in values}
    return Sub(MARKER.sub(r"${\1}", _CLOSED.sub("${!", line)), given)


def _found_in_map(value: Any, mappings: Mapping[str, Any]) -> Any:
    match value:
        case {"Fn::FindInMap": [str(name), str(top), str(second)]}:
            return mappings.get(name, {}).get(top, {}).get(second)
    return None
