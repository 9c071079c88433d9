"""Values for the parameters of a template: what a user might type, made from what the template allows.

Patterns are looked at with Python's own parser of regular expressions, so that a new parameter needs no value here.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from functools import cache
from typing import Any

from generator.checks.values import is_list, text
from generator.emulator.deployed import Place
from generator.skeleton import skeleton
from tests.rendered import Rendered

_PARSER: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_IDS = {
    "AWS::EC2::SecurityGroup::Id": "sg-",
    "AWS::EC2::Subnet::Id": "subnet-",
    "AWS::EC2::VPC::Id": "vpc-",
}

_CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_SPACE": r"\s"}


def sample(template: Rendered, letter: str, *, optional: bool = False) -> dict[str, str]:
    """A value for each parameter that needs one, and with `optional` for each that may stay empty.

    Names, ids and numbers are made of the letter, one of a to f, and the parameter's number: two parameters never have
    the same, and two letters are two users, who share nothing.
    """
    needed = {entry["ParameterKey"] for entry in json.loads(skeleton(template, everything=False))}
    return {
        name: _value(declaration, f"{letter}{number:02}")
        for number, (name, declaration) in enumerate(template.get("Parameters", {}).items())
        if name in needed or (optional and declaration.get("Default") == "")
    }


def choices(template: Rendered) -> list[tuple[str, str]]:
    """Every value but the default that a parameter allows."""
    return [
        (name, text(value))
        for name, declaration in template.get("Parameters", {}).items()
        for value in declaration.get("AllowedValues", ())
        if text(value) != text(declaration.get("Default", ""))
    ]


def _value(declaration: dict[str, Any], word: str) -> str:
    kind = declaration["Type"].removeprefix("List<").removesuffix(">")
    if kind in _IDS:
        value = _IDS[kind] + (word * 6)[:17]
        return f"{value},{value[:-1]}f" if is_list(declaration["Type"]) else value
    return _matching(declaration.get("AllowedPattern", "[0-9a-f]+"), word)


@cache
def _matching(pattern: str, word: str) -> str:
    """A text that the pattern matches. In an ARN, the place is where the stacks of tests are."""
    return ",".join(map(_placed, _made(_PARSER.parse(pattern), word).split(",")))


def _placed(value: str) -> str:
    if not value.startswith("arn:"):
        return value
    place = Place()
    _, _, service, region, account, rest = value.split(":", 5)
    account = re.sub("^[0-9]+$", place.account, account)
    return ":".join(["arn", place.partition, service, region and place.region, account, rest])


def _made(nodes: Any, word: str) -> str:
    made = ""
    for operator, argument in nodes:
        name = str(operator)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = argument
            one = [str(operator) for operator, _ in inner] in (["IN"], ["ANY"], ["NOT_LITERAL"])
            times = max(least, min(most, len(word) if one else 1))  # what may be there, is
            made += "".join(_made(inner, word[number % len(word) :]) for number in range(times))
            word = f"{word}{word[-1]}"  # what follows is another name
        elif name == "SUBPATTERN":
            made += _made(argument[-1], word)
        elif name == "BRANCH":
            made += max((_made(branch, word) for branch in argument[1]), key=len)
        elif name == "IN":
            made += _member([(str(kind), of) for kind, of in argument], word[0])
        elif name == "LITERAL":
            made += chr(argument)
        elif name in ("NOT_LITERAL", "ANY"):
            made += word[0]
        elif name not in ("AT", "ASSERT", "ASSERT_NOT"):
            raise ValueError(f"{name} in a pattern: say what to make of it")
    return made


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
