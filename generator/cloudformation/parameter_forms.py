"""The form of parameter files, line by line, and other forms in use, with the command that converts them."""

from __future__ import annotations

import json
import shlex
from typing import Any

KEYS = ("ParameterKey", "ParameterValue")
FORM = "{" + ", ".join(f'"{key}": "..."' for key in KEYS) + "}"
VALUE = f'"{KEYS[1]}"'
_PAIR = "{ParameterKey: .key, ParameterValue: (.value | tostring)}"


class Pairs(tuple[tuple[str, Any], ...]):
    """A JSON object as it is in the file: a dict would silently drop a repeated key."""


def entry_lines(text: str) -> list[int]:
    """The line of each entry's value in a JSON list, or the first line of the entry if it has no value."""
    decoder = json.JSONDecoder()
    lines: list[int] = []
    line, counted, at = 1, 0, text.index("[") + 1
    while True:
        while text[at] in " \t\n\r,":
            at += 1
        if text[at] == "]":
            return lines
        _, end = decoder.raw_decode(text, at)
        value = text.find(VALUE, at, end)
        place = at if value < 0 else value
        line, counted = line + text.count("\n", counted, place), place
        lines.append(line)
        at = end


def other_form(loaded: Any, path: str) -> str:
    """The command that converts the other forms that the AWS CLI and CodePipeline accept; "" for any other text.

    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/ (--parameter-overrides)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
    """
    if isinstance(loaded, list):
        if loaded and all(isinstance(each, str) and "=" in each for each in loaded):
            return _convert('a list of "Key=Value"', OF_TEXTS, path)
    elif isinstance(loaded, Pairs):
        if isinstance(dict(loaded).get("Parameters"), Pairs):
            return _convert('an object with "Parameters"', OF_CONFIGURATION, path)
        if loaded and all(not isinstance(value, (Pairs, list)) for _, value in loaded):
            return _convert("an object of keys and values", OF_OBJECT, path)
    return ""


OF_TEXTS = 'map(split("=") | {ParameterKey: .[0], ParameterValue: (.[1:] | join("="))})'
OF_OBJECT = f"to_entries | map({_PAIR})"
OF_CONFIGURATION = f".Parameters | {OF_OBJECT}"


def _convert(form: str, program: str, path: str) -> str:
    command = f"jq {shlex.quote(program)} {shlex.quote(path)} > NEW"
    return f"given {form}, allowed: a list of {FORM}. To convert it: {command}"
