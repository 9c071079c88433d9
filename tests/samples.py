"""Values for the parameters of a template, as a user might type them, made from the template's constraints.

Patterns are looked at with Python's own parser of regular expressions, so that a new parameter needs no value here.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from functools import cache
from typing import Any, NamedTuple

from generator.cloudformation.offline_stack import Location
from generator.cloudformation.parameter_types import is_list, text
from generator.model.parameters import EACH_ONCE
from generator.publishing.skeleton import skeleton
from tests.rendered import Rendered

_PARSER: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_NO_LIMIT = 4096  # no parameter of CloudFormation takes more
_IDS = {
    "AWS::EC2::SecurityGroup::Id": "sg-",
    "AWS::EC2::Subnet::Id": "subnet-",
    "AWS::EC2::VPC::Id": "vpc-",
}

_CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_SPACE": r"\s"}


def sample(template: Rendered, letter: str, *, optional: bool = False) -> dict[str, str]:
    """A value for each parameter that needs one, and with `optional` for each that may stay empty.

    Names, ids and numbers are made of the letter, one of a to f, and the parameter's number: two parameters never have
    the same, and two letters are two users, who share nothing. Of a list of values it is the last one.
    """
    needed = {entry["ParameterKey"] for entry in json.loads(skeleton(template, everything=False))}
    return {
        name: _value(declaration, f"{letter}{number:02}")
        for number, (name, declaration) in enumerate(template.get("Parameters", {}).items())
        if name in needed or (optional and declaration.get("Default") == "")
    }


def name_of(template: Rendered, name: str, letter: str) -> str:
    """Another value than the default of a parameter, made of the letter and its number."""
    number = list(template["Parameters"]).index(name)
    return _value(template["Parameters"][name], f"{letter}{number:02}")


def choices(template: Rendered) -> list[tuple[str, str]]:
    """Every value but the default that a parameter lists, or that its pattern has as a word of its own."""
    return [
        (name, text(value))
        for name, declaration in template.get("Parameters", {}).items()
        for value in (*declaration.get("AllowedValues", ()), *_words(declaration.get("AllowedPattern", "")))
        if text(value) != text(declaration.get("Default", ""))
    ]


def widest(pattern: str) -> int | None:
    """The length of the longest text that the pattern matches; None if that has no limit."""
    most = int(_PARSER.parse(pattern).getwidth()[1])
    return None if most >= int(_PARSER.MAXREPEAT) - 1 or most >= _NO_LIMIT else most


def _words(pattern: str) -> list[str]:
    """The words that a pattern accepts as well as other values: `none` of ^(none|[a-z]+)$."""
    found = re.fullmatch(r"\^\(([a-z]+)\|.+\)\$", pattern.replace(EACH_ONCE, ""))
    return [found[1]] if found else []


def _value(declaration: dict[str, Any], word: str) -> str:
    if allowed := [text(value) for value in declaration.get("AllowedValues", ()) if text(value)]:
        return allowed[-1]
    kind = declaration["Type"].removeprefix("List<").removesuffix(">")
    if kind in _IDS:
        value = _IDS[kind] + (word * 6)[:17]
        return f"{value},{value[:-1]}f" if is_list(declaration["Type"]) else value
    return _matching(declaration.get("AllowedPattern", "[0-9a-f]+"), word)


@cache
def _matching(pattern: str, word: str) -> str:
    """A text that the pattern matches. In an ARN, the place is where the stacks of tests are.

    If a pattern refuses repetitions, repeated parts are varied, or left out.
    """
    ways = ((False, 1), (True, 1), (False, 0))
    tries = [_made(_PARSER.parse(pattern), word, _Groups({}, varied, times)) for varied, times in ways]
    made = next((each for each in tries if re.fullmatch(pattern, each)), tries[0])
    return ",".join(map(_placed, made.split(",")))


class _Groups(NamedTuple):
    """The texts of a pattern's groups, by their number; and how often each choice was made, by its text."""

    made: dict[int | str, Any]
    varied: bool
    times: int
    """How often a group comes that may be left out."""


def _placed(value: str) -> str:
    if not value.startswith("arn:"):
        return value
    place = Location()
    _, _, service, region, account, rest = value.split(":", 5)
    account = re.sub("^[0-9]+$", place.account, account)
    return ":".join(["arn", place.partition, service, region and place.region, account, rest])


def _made(nodes: Any, word: str, groups: _Groups) -> str:
    made = ""
    for operator, argument in nodes:
        name = str(operator)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = argument
            one = [str(operator) for operator, _ in inner] in (["IN"], ["ANY"], ["NOT_LITERAL"])
            times = max(least, min(most, len(word) if one else groups.times))
            made += "".join(_made(inner, word[number % len(word) :], groups) for number in range(times))
            word = f"{word}{word[-1]}"  # what follows is another name
        elif name == "SUBPATTERN":
            groups.made[argument[0]] = _made(argument[-1], word, groups)
            made += groups.made[argument[0]]
            word = f"{word}{word[-1]}" if groups.varied else word
        elif name == "GROUPREF":
            made += groups.made[argument]
        elif name == "BRANCH":
            made += _branch(argument[1], word, groups)
        elif name == "IN":
            made += _member([(str(kind), of) for kind, of in argument], word[0])
        elif name == "LITERAL":
            made += chr(argument)
        elif name in ("NOT_LITERAL", "ANY"):
            made += word[0]
        elif name not in ("AT", "ASSERT", "ASSERT_NOT"):
            raise ValueError(f"{name} in a pattern: say what to make of it")
    return made


def _branch(branches: list[Any], word: str, groups: _Groups) -> str:
    """The longest of the branches; varied, another one each time."""
    candidates = sorted((_made(branch, word, groups) for branch in _no_words(branches)), key=len, reverse=True)
    used = groups.made.get(str(branches), 0)
    groups.made[str(branches)] = used + 1
    return candidates[used % len(candidates) if groups.varied else 0]


def _no_words(branches: list[Any]) -> list[Any]:
    """The branches of a pattern that are more than a word such as `none`, if there are any."""
    return [each for each in branches if any(str(operator) != "LITERAL" for operator, _ in each)] or branches


def _member(members: list[tuple[str, Any]], wanted: str) -> str:
    """The letter, or a number of its own, where the class has it; else the first that it has."""
    if members[0][0] == "NEGATE":
        return wanted
    for each in (wanted, str(ord(wanted) % 10), chr(ord("a") + ord(wanted) % 10)):
        if any(_has(kind, argument, each) for kind, argument in members):
            return each
    first = members[0][1]
    return chr(first[0] if isinstance(first, tuple) else first)


def _has(kind: str, argument: Any, letter: str) -> bool:
    if kind == "RANGE":
        return bool(argument[0] <= ord(letter) <= argument[1])
    if kind == "CATEGORY":
        return re.fullmatch(_CATEGORIES[str(argument)], letter) is not None
    return bool(argument == ord(letter))
