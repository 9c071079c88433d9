"""The input of a target: the input transformer of a rule.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# A name in the template, an escaped character, or anything else: values are inserted differently inside a string.
_TOKEN = re.compile(r'<(?P<name>[A-Za-z0-9_.-]+)>|\\.|"|[^<"\\]+|.', re.DOTALL)
_PLACEHOLDER = re.compile(r"<(.*?)>")
_STEP = re.compile(r"\.(?P<key>[A-Za-z0-9_/-]+)|\[(?P<index>[0-9]+)\]")


class TransformerError(ValueError):
    """An input transformer that EventBridge refuses in PutTargets."""


def check_transformer(transformer: Mapping[str, Any]) -> None:
    """TransformerError for a placeholder without a path, and for an invalid path."""
    paths: Mapping[str, str] = transformer.get("InputPathsMap", {})
    known = {*paths, *_predefined({}, "")}
    for name in _PLACEHOLDER.findall(transformer["InputTemplate"]):
        if name not in known:
            raise TransformerError(f"contains invalid placeholder {name}.")
    for path in paths.values():
        _steps(path)


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """The text for the target. A path that is absent from the event becomes an empty text, as AWS documents it.

    Values are not escaped: one with a quote breaks the JSON, as in AWS.
    """
    paths: Mapping[str, str] = transformer.get("InputPathsMap", {})
    values = {name: found for name, path in paths.items() if (found := at(path, event)) is not None}
    known = {**dict.fromkeys(paths), **values, **_predefined(event, rule_arn)}
    parts: list[str] = []
    in_string = False
    for token in _TOKEN.finditer(transformer["InputTemplate"]):
        name = token["name"]
        in_string ^= token[0] == '"'
        if name is None:
            parts.append(token[0])
        elif name not in known:
            raise TransformerError(f"contains invalid placeholder {name}.")
        else:
            parts.append(_inserted(known[name], in_string=in_string))
    return "".join(parts)


def at(path: str, event: Mapping[str, Any]) -> Any:
    """The value of the event at a JSON path of fields and indices; None if there is none."""
    node: Any = event
    for step in _steps(path):
        if step["key"] is not None:
            node = node.get(step["key"]) if isinstance(node, Mapping) else None
        else:
            index = int(step["index"])
            node = node[index] if isinstance(node, list) and index < len(node) else None
    return node


def _steps(path: str) -> list[re.Match[str]]:
    steps = list(_STEP.finditer(path[1:]))
    if not path.startswith("$") or "".join(step[0] for step in steps) != path[1:]:
        raise TransformerError(f"contains the path {path}: only $, fields and indices of lists are evaluated here")
    return steps


def _predefined(event: Mapping[str, Any], rule_arn: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event.get("time"),
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }


def _inserted(value: Any, *, in_string: bool) -> str:
    """The value, as inserted in a text: inside quotes, JSON loses its quotes; outside, a text gets quotes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if in_string else f'"{value}"'
    written = json.dumps(value, separators=(",", ":"))
    return written.replace('"', "") if in_string else written
