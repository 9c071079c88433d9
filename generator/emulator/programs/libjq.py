"""`jq` by its Python binding, for machines without the command: the options that the buildspecs use, and no others.

https://jqlang.org/manual/ has the options and the exit codes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn, TextIO

import jq


def stop(code: int, message: str) -> NoReturn:
    """Complain and end, like the command."""
    sys.stderr.write(f"jq: {message}\n")
    sys.exit(code)


def read(path: str) -> str:
    """The text of a file."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        stop(2, f"error: Could not open {path}: {error.strerror}")


def values(text: str, where: object) -> list[object]:
    """All JSON texts in a text."""
    try:
        found: list[object] = jq.compile(".").input_text(text).all()
    except ValueError as error:
        stop(2, f"error (at {where}): {error}")
    return found


def inputs(flags: set[str], paths: list[str], stdin: TextIO) -> list[object]:
    """The inputs of the program: null (`-n`), the text (`-Rs`), all JSON texts as one list (`-s`), or each of them."""
    if "n" in flags:
        return [None]
    text = "".join(map(read, paths)) if paths else stdin.read()
    if "R" in flags:
        return [text]
    found = values(text, paths)
    return [found] if "s" in flags else found


def main(arguments: list[str], stdin: TextIO) -> None:
    """Run the program of the command line."""
    words = iter(arguments)
    flags: set[str] = set()
    named: dict[str, object] = {}
    given: list[str] = []
    for word in words:
        if word == "--arg":
            name, value = next(words), next(words)
            named[name] = value
        elif word == "--slurpfile":
            name, path = next(words), next(words)
            named[name] = values(read(path), path)
        elif word.startswith("-"):
            flags |= set(word[1:])
        else:
            given.append(word)
    program, *paths = given
    if flags - set("nrcsRe") or ("R" in flags and "s" not in flags) or ("n" in flags and paths):
        stop(2, f"not pretended here: {arguments}")
    try:
        compiled = jq.compile(program, args=named)
    except ValueError as error:
        stop(3, f"error: {error}")
    last: object = None
    try:
        for last in (value for each in inputs(flags, paths, stdin) for value in compiled.input_value(each)):
            raw = "r" in flags and isinstance(last, str)
            layout = {"separators": (",", ":")} if "c" in flags else {"indent": 2}
            text = last if raw else json.dumps(last, ensure_ascii=False, **layout)
            sys.stdout.write(f"{text}\n")
    except ValueError as error:
        stop(5, f"error (at <unknown>): {error}")
    if "e" in flags and (last is None or last is False):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin)
