"""Functions and conditions of a rendered template, written for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from generator.cloudformation.conditional_parts import NO_VALUE
from generator.model.export_names import thing_of

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
# The list that each_of in generator/model/arn.py reads one place of.
_REPEATED = re.compile(r"\$\{(\w+)\}(,\$\{\1\})*")
_OWN_ACCOUNT = ("arn:${AWS::Partition}:", "${AWS::Region}:${AWS::AccountId}:")


def plain(value: Any) -> str:
    """A value as one text, with `${Name}` for a value that is known only in a stack.

    The part of an ARN that is the same for everything in the account is left out.
    """
    match value:
        case str():
            return value
        case list():
            return ", ".join(plain(item) for item in value)
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(resource), str(attribute)]}:
            return f"${{{resource}.{attribute}}}"
        case {"Fn::ImportValue": name}:
            return f"${{{thing_of(plain(name))}}}"
    return _composed(value)


def _composed(value: Any) -> str:
    match value:
        case {"Fn::Sub": str(text)}:
            return _shortened(text)
        case {"Fn::Sub": [str(text), {"One": {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": names}]}]}, **others}]}:
            # The list is not repeated for its first member: see each_of in generator/model/arn.py.
            return _composed({"Fn::Sub": [text, {**others, "One": {"Ref": f"each of {names}"}}]})
        case {"Fn::Sub": [str(text), dict(variables)]}:
            return _shortened(_VARIABLE.sub(lambda name: plain(variables.get(name[1], name[0])), text))
        case {"Fn::Split": [separator, text]}:
            return ", ".join(dict.fromkeys(plain(text).split(separator)))
        case {"Fn::Select": [_, {"Fn::Split": [",", {"Fn::Sub": str(text)}]}]} if name := _REPEATED.fullmatch(text):
            return f"${{each of {name[1]}}}"
        case {"Fn::Select": [number, {"Fn::Split": [separator, text]}]}:
            return f'${{part {int(number) + 1} of {_bare(plain(text))} split at "{separator}"}}'
        case {"Fn::Join": [str(separator), list(items)]}:
            return separator.join(plain(item) for item in items)
        case {"Fn::Join": [_, items]}:
            return plain(items)
        case {"Fn::If": [_, one, other]}:
            return " or ".join(plain(each) for each in (one, other) if each != NO_VALUE)
    return json.dumps(value)


def _shortened(text: str) -> str:
    for part in _OWN_ACCOUNT:
        text = text.replace(part, "")
    return text


def _bare(text: str) -> str:
    """The name in `${Name}`; any other text is returned as it is."""
    name = _VARIABLE.fullmatch(text)
    return name[1] if name else text


def in_words(condition: Any, conditions: Mapping[str, Any]) -> str:
    """A condition as a clause behind "if", in Markdown. `conditions` are those of the template, by name."""
    match condition:
        case str(name) | {"Condition": str(name)}:
            return in_words(conditions[name], conditions)
        case {"Fn::Equals": [one, other]}:
            return _compared(one, "is", other)
        case {"Fn::Not": [{"Fn::Equals": [one, other]}]}:
            return _compared(one, "is not", other)
        case {"Fn::Not": [inner]}:
            return f"not ({in_words(inner, conditions)})"
        case {"Fn::And": parts}:
            return " and ".join(_grouped(part, "Fn::Or", conditions) for part in parts)
        case {"Fn::Or": parts}:
            return " or ".join(_grouped(part, "Fn::And", conditions) for part in parts)
    raise ValueError(f"no condition of CloudFormation: {condition!r}")


def _grouped(part: Any, function: str, conditions: Mapping[str, Any]) -> str:
    """A part of a compound condition, in brackets if it is a compound of the other `function`."""
    while isinstance(part, dict) and "Condition" in part:
        part = conditions[part["Condition"]]
    words = in_words(part, conditions)
    return f"({words})" if function in part else words


def _compared(one: Any, verb: str, other: Any) -> str:
    return f"`{_bare(plain(one))}` {verb} {'empty' if other == '' else f'`{_bare(plain(other))}`'}"
