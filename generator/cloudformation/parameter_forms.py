"""The form of parameter files, line by line, and other forms in use, with the command that converts them."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
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
    """The command that converts another form in JSON; "" for a form that is not known.

    The AWS CLI and CodePipeline accept some of them; Git sync has `parameters`, tags have Key and Value.
    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/ (--parameter-overrides)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html
    """
    form, program = _form(loaded)
    return _convert(form, f"jq {shlex.quote(program)} {shlex.quote(path)}") if form else ""


def other_text(text: str, path: str) -> str:
    """The command that converts a text that is not JSON: lines of Key=Value, or YAML; "" for any other text."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and all(map(_LINE.match, lines)):
        return _convert("lines of Key=Value", f"jq -Rn {shlex.quote(OF_LINES)} {shlex.quote(path)}")
    if text.lstrip()[:1] in ("[", "{"):
        return ""  # JSON with a mistake
    form, program = _form(_from_yaml(text))
    reader = f"{shlex.quote(_python())} -c {shlex.quote(YAML_TO_JSON)} {shlex.quote(path)}"
    return _convert(f"YAML, {form}", f"{reader} | jq {shlex.quote(program)}") if form else ""


OF_ENTRIES = "map({ParameterKey, ParameterValue})"
OF_TEXTS = 'map(split("=") | {ParameterKey: .[0], ParameterValue: (.[1:] | join("="))})'
OF_LINES = (
    f'[inputs | gsub("^\\uFEFF|\\r$"; "") | select(test("^[A-Za-z0-9]+="))] | {OF_TEXTS}'  # a mark, and Windows' ends
)
OF_TAGS = "map({ParameterKey: .Key, ParameterValue: (.Value | tostring)})"
OF_OBJECT = f"to_entries | map({_PAIR})"
# The base loader keeps every value as it is written: `no` and 0123 are texts.
YAML_TO_JSON = 'import json, sys, yaml; print(json.dumps(yaml.load(open(sys.argv[1], "rb"), yaml.BaseLoader)))'
_LINE = re.compile(r"[A-Za-z0-9]+=")


def _form(loaded: Any) -> tuple[str, str]:
    """The name of the form, and the program of jq that converts it; two empty texts if it is not known."""
    if isinstance(loaded, list) and loaded:
        if all(isinstance(each, str) and "=" in each for each in loaded):
            return 'a list of "Key=Value"', OF_TEXTS
        names = [{name for name, _ in each} if isinstance(each, Pairs) else set() for each in loaded]
        if all(each == {"Key", "Value"} for each in names):
            return 'a list of {"Key": "...", "Value": "..."}', OF_TAGS
        if isinstance(loaded, YamlList) and all(each == set(KEYS) for each in names):
            return f"a list of {' and '.join(KEYS)}", OF_ENTRIES
    elif isinstance(loaded, Pairs):
        for name in ("Parameters", "parameters"):
            if isinstance(dict(loaded).get(name), Pairs):
                return f'an object with "{name}"', f".{name} | {OF_OBJECT}"
        if loaded and all(not isinstance(value, (Pairs, list)) for _, value in loaded):
            return "an object of keys and values", OF_OBJECT
    return "", ""


class YamlList(list[Any]):
    """A list in YAML: in JSON, one of ParameterKey and ParameterValue needs no conversion."""


def _from_yaml(text: str) -> Any:
    """The value of the text, with its upper two levels as they would be read from JSON."""
    import yaml

    try:
        loaded = yaml.load(text, yaml.BaseLoader)  # noqa: S506  it makes texts, lists and dicts
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        return None
    if isinstance(loaded, dict):
        return Pairs((key, _pairs(value)) for key, value in loaded.items())
    return YamlList(map(_pairs, loaded)) if isinstance(loaded, list) else None


def _pairs(value: Any) -> Any:
    return Pairs(value.items()) if isinstance(value, dict) else value


def _python() -> str:
    """The interpreter that has the package for YAML, as it is typed in the current folder."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _convert(form: str, command: str) -> str:
    return f"given {form}, allowed: a list of {FORM}. To convert it: {command} > NEW"
