"""The calls of the AWS CLI that the pages show: found in a page, and held against the AWS CLI's own model."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from botocore.model import OperationModel
from botocore.utils import ArgumentGenerator

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
COMPUTED = "$computed"
"""The placeholder for another program's output."""
GLOBAL = ("query", "output", "region", "profile", "no-cli-pager", "cli-input-json")
# Commands that are no single calls: their names are compared. All but the copy of a file are run in tests/emulator/.
MANY_CALLS = (["cloudformation", "deploy"], ["cloudformation", "wait"], ["ecr", "get-login-password"])
ONLY_VERSION_2 = (["logs", "tail"],)
"""Commands that version 1 of the AWS CLI lacks, whose model is here. The page says so next to them."""


class PageCall(NamedTuple):
    """A call that a page shows."""

    text: str
    """The command as written, on one line. The output of another program is COMPUTED."""
    whole: bool
    """It is in a block, to be typed as it is. In a sentence its parameters may be left out."""


def calls(page: str) -> Iterator[PageCall]:
    """Every call of the AWS CLI in a page: in its blocks, also within other commands, and in its sentences."""
    text = re.sub(r" *\\\n +", " ", page)
    fenced = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    for line in [*re.findall(r"^ {4,}(.*)$", text, re.MULTILINE), *fenced.splitlines()]:
        yield from (PageCall(call, whole=True) for call in in_shell(line))
    sentences = re.sub(r"^ {4,}[^\n]*$|```.*?```", "", text, flags=re.MULTILINE | re.DOTALL)
    for quoted in re.findall(r"(?<!`)`(aws [a-z][^`]*)`", sentences):
        yield from (PageCall(call, whole=False) for call in in_shell(quoted))


def in_shell(line: str) -> Iterator[str]:
    """The calls in a line of shell, each to its end: a pipe, a bracket, the next command."""
    for found in re.finditer(r"(?:^|[(;|&] ?|\bdo )aws (?=[a-z])", line):
        yield "".join(_to_the_end(line, found.end() - len("aws "))).strip()


def _to_the_end(line: str, start: int) -> Iterator[str]:
    """The parts of one call, without redirections. A substitution is COMPUTED; the calls in it are found too."""
    quote, at = "", start
    while at < len(line):
        if line.startswith("$(", at) and quote != "'":
            at = _after_bracket(line, at + 1)
            yield COMPUTED
            continue
        letter = line[at]
        if letter in "\"'" and quote in ("", letter):
            quote = "" if quote else letter
        elif not quote and letter in ");|&":
            return
        elif not quote and (redirection := re.compile(r"[<>] *\S+ *").match(line, at)):
            at = redirection.end()
            continue
        yield letter
        at += 1


def _after_bracket(line: str, start: int) -> int:
    """The place after the bracket that closes the one at the start. No quoted text in the pages has one alone."""
    depth = 0
    for at in range(start, len(line)):
        depth += {"(": 1, ")": -1}.get(line[at], 0)
        if depth == 0:
            return at + 1
    return len(line)


def refusal(call: PageCall) -> str:
    """The error of the AWS CLI for a call, which is not sent."""
    arguments = _arguments(call.text)
    if arguments[:2] in ONLY_VERSION_2:
        return ""
    if unknown := _unknown_name(arguments):
        return unknown
    if not call.whole or arguments[:2] in MANY_CALLS or "--recursive" in arguments or _is_computed(arguments):
        return ""
    if arguments[:2] == ["s3", "cp"] and arguments[2].startswith("s3://"):
        return ""  # a download has more calls than answers here; tests/emulator/test_accepting.py runs it
    arguments = [re.sub(r"\$(\w+)", r"\1", each) for each in arguments]  # a variable is some value
    with tempfile.NamedTemporaryFile() as file:
        # A file to upload or read is in the folder of the reader, unless it is a file of this repository.
        Path(file.name).write_text("{}", encoding="utf-8")
        arguments = [
            f"file://{file.name}" if each.startswith("file://") and not (ROOT / each[7:]).exists() else each
            for each in arguments
        ]
        if arguments[:2] == ["s3", "cp"]:
            arguments[2] = file.name
        try:
            status = _driver().main([*arguments, "--region", "eu-west-1"])
        except SystemExit as error:
            status = int(error.code or 0)
    return f"exit code {status}" if status else ""


def _arguments(text: str) -> list[str]:
    """The words of a call. A variable of the shell is some value here, also one that is cut: ${image#*@}."""
    return shlex.split(re.sub(r"\$\{(\w+)[^}]*\}", r"\1", text), comments=True)[1:]


def _unknown_name(arguments: list[str]) -> str:
    """A service, an operation or a parameter that the AWS CLI does not have; else nothing."""
    tables = _driver()._get_command_table()
    command: Any = None
    for depth, word in enumerate(arguments):
        if word.startswith("-") or not tables:
            break
        command = tables.get(word)
        if command is None:
            return f"{' '.join(arguments[:depth])} has no {word}".strip()
        tables = _below(command)
    known = {*getattr(command, "arg_table", {}), *GLOBAL}
    unknown = [word for word in arguments if word.startswith("--") and word[2:].partition("=")[0] not in known]
    return f"{' '.join(arguments[:2])} has no {', '.join(unknown)}" if unknown else ""


def _below(command: Any) -> dict[str, Any]:
    """The operations of a service, or the waiters of `wait`."""
    if hasattr(command, "_get_command_table"):
        return dict(command._get_command_table())
    return dict(getattr(command, "subcommand_table", {}))


def _is_computed(arguments: list[str]) -> bool:
    """Whether a parameter with a structure is the output of a program, so that its form is not known here."""
    operation = _below(_driver()._get_command_table()[arguments[0]])[arguments[1]]
    for name, value in pairwise(arguments):
        if name.startswith("--") and re.fullmatch(r"\$\w+", value):
            shape = getattr(operation.arg_table.get(name[2:]), "argument_model", None)
            if shape is not None and getattr(shape, "member", shape).type_name in ("structure", "map"):
                return True
    return False


def _answer(model: OperationModel, **_: object) -> tuple[SimpleNamespace, object]:
    """An answer of the shape that the service documents, instead of a call."""
    shape = model.output_shape
    answer = ArgumentGenerator().generate_skeleton(shape) if shape else {}
    return SimpleNamespace(status_code=200), json.loads(json.dumps(answer, default=str))


@cache
def _driver() -> Any:
    """The AWS CLI, which sends nothing."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    driver.session.register("before-call", _answer)
    return driver
