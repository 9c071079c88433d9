"""Expressions of a state machine: reference paths, and the intrinsic functions that ours use.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<path>\$[\w.\[\]$*]*)|(?P<text>'(?:\\.|[^'\\])*')|(?P<number>-?\d+)|(?P<name>[\w.]+)\()")
_STEP = re.compile(r"\.(?P<key>\w+)|\[(?P<index>\d+)\]")
_SCAN = re.compile(r"\$\.\.(?P<key>\w+)(?P<values>\.\*)?")
_LITERAL = re.compile(r"\\(.)")
_PLACE = re.compile(r"(?<!\\)\{\}")


class ExpressionError(Exception):
    """States.Runtime: the execution fails, and no retry helps."""


def evaluated(text: str, data: Any, context: Any = None) -> Any:
    """The value of a path, or of a call of an intrinsic function. Paths that begin with $$ are of the context object.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    value, end = _expression(text, 0, (data, context or {}))
    if text[end:].strip():
        raise ExpressionError(f"there is more than one expression in {text}")
    return value


def at(data: Any, path: str) -> Any:
    """The value at a reference path; for a path such as $..name or $..name.*, the list of all that it finds."""
    if scan := _SCAN.fullmatch(path):
        found = list(_scanned(data, scan["key"]))
        return [value for each in found for value in each.values()] if scan["values"] else found
    rest = path.removeprefix("$")
    for step in _STEP.finditer(rest):
        key: Any = step["key"] if step["index"] is None else int(step["index"])
        present = key in data if isinstance(data, dict) else isinstance(data, list) and key in range(len(data))
        if not present:
            raise ExpressionError(f"the path {path} does not exist")
        data = data[key]
    if _STEP.sub("", rest):
        raise ExpressionError(f"{path} is not a path that is understood here")
    return data


def _scanned(data: Any, key: str) -> Iterator[Any]:
    """The values under a key, at any depth."""
    if isinstance(data, dict):
        yield from (data[key],) if key in data else ()
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _scanned(inner, key)


def holds(rule: Mapping[str, Any], data: Any) -> bool:
    """Whether a rule of a Choice state is true.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
    """
    if "And" in rule:
        return all(holds(each, data) for each in rule["And"])
    if "IsPresent" in rule:
        return _is_present(data, rule["Variable"]) is rule["IsPresent"]
    value = at(data, rule["Variable"])
    match rule:
        case {"StringEquals": wanted}:
            return bool(value == wanted)
        case {"StringEqualsPath": path}:
            return bool(value == at(data, path))
        case {"StringMatches": pattern}:
            return fnmatchcase(str(value), re.sub(r"([\[?])", r"[\1]", pattern))
        case {"BooleanEquals": bool(wanted)}:
            return value is wanted
        case {"NumericLessThan": int(limit)}:
            return isinstance(value, int) and value < limit
    raise NotImplementedError(f"the rule {rule}")


def _is_present(data: Any, path: str) -> bool:
    try:
        at(data, path)
    except ExpressionError:
        return False
    return True


def _expression(text: str, start: int, known: tuple[Any, Any]) -> tuple[Any, int]:
    """The value of the expression that begins there, and its end; `known` is the data and the context object."""
    token = _TOKEN.match(text, start)
    if not token:
        raise ExpressionError(f"neither a path nor a function: {text[start:]}")
    if path := token["path"]:
        data, context = known
        return at(context, path[1:]) if path.startswith("$$") else at(data, path), token.end()
    if quoted := token["text"]:
        return quoted[1:-1], token.end()
    if number := token["number"]:
        return int(number), token.end()
    arguments, end = _arguments(text, token.end(), known)
    if token["name"] not in _FUNCTIONS:
        raise NotImplementedError(token["name"])
    return _FUNCTIONS[token["name"]](*arguments), end


def _arguments(text: str, start: int, known: tuple[Any, Any]) -> tuple[list[Any], int]:
    values: list[Any] = []
    while True:
        value, end = _expression(text, start, known)
        values.append(value)
        found = re.compile(r"\s*([,)])").match(text, end)
        if not found:
            raise ExpressionError(f"a comma or a closing parenthesis is missing in {text}")
        if found[1] == ")":
            return values, found.end()
        start = found.end()


def _format(template: str, *values: Any) -> str:
    pieces = _PLACE.split(template)
    if len(pieces) != len(values) + 1:
        raise ExpressionError(f"States.Format has {len(pieces) - 1} places and {len(values)} values")
    # https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html#intrinsic-functions-reserved
    if any(re.search(r"(?<!\\)[{}]", piece) for piece in pieces):
        raise ExpressionError(f"a brace is not escaped in {template}")
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    pieces = [_LITERAL.sub(r"\1", piece) for piece in pieces]
    return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))


def _item(values: list[Any], index: int) -> Any:
    if index not in range(len(values)):
        raise ExpressionError(f"there is no item {index} in {values}")
    return values[index]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "States.Format": _format,
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
    "States.MathAdd": lambda one, other: one + other,
    "States.ArrayContains": lambda values, item: item in values,
    "States.Array": lambda *values: list(values),
    "States.ArrayGetItem": _item,
    # Empty parts do not count: https://states-language.net/spec.html#appendix-b
    "States.StringSplit": lambda text, separators: [
        part for part in re.split(f"[{re.escape(separators)}]", text) if part
    ],
}
