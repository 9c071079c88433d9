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

from generator.cloudformation.offline_stack import Place
from generator.cloudformation.values import is_list, text
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
    """The words that a pattern takes beside other values: `none` of ^(none|[a-z]+)$."""
    found = re.fullmatch(r"\^\(([a-z]+)\|.+\)\$", pattern)
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
            made += max((_made(branch, word) for branch in _no_words(argument[1])), key=len)
        elif name == "IN":
            made += _member([(str(kind), of) for kind, of in argument], word[0])
        elif name == "LITERAL":
            made += chr(argument)
        elif name in ("NOT_LITERAL", "ANY"):
            made += word[0]
        elif name not in ("AT", "ASSERT", "ASSERT_NOT"):
            raise ValueError(f"{name} in a pattern: say what to make of it")
    return made


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
