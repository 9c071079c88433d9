"""`jq` by its Python binding, for machines without the command: the options that the buildspecs use, and no others.

https://jqlang.org/manual/ has the options and the exit codes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import jq


def stop(code: int, message: str) -> NoReturn:
    """Complain and end, as the command would."""
    sys.stderr.write(f"jq: {message}\n")
    sys.exit(code)


def read(path: str) -> str:
    """The text of a file."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        stop(2, f"error: Could not open {path}: {error.strerror}")


def inputs(flags: set[str], paths: list[str]) -> list[object]:
    """What the program is run on: null (`-n`), the text (`-Rs`), all JSON texts as one list (`-s`), or each of them."""
    if "n" in flags:
        return [None]
    text = "".join(map(read, paths))
    if "R" in flags:
        return [text]
    try:
        found: list[object] = jq.compile(".").input_text(text).all()
    except ValueError as error:
        stop(2, f"error (at {paths}): {error}")
    return [found] if "s" in flags else found


def main() -> None:
    """Run the program of the command line."""
    words = iter(sys.argv[1:])
    flags: set[str] = set()
    named: dict[str, object] = {}
    given: list[str] = []
    for word in words:
        if word == "--arg":
            name, value = next(words), next(words)
            named[name] = value
        elif word.startswith("-"):
            flags |= set(word[1:])
        else:
            given.append(word)
    program, *paths = given
    if flags - set("nrcsR") or ("R" in flags and "s" not in flags) or ("n" in flags) == bool(paths):
        stop(2, f"not pretended here: {sys.argv[1:]}")
    try:
        compiled = jq.compile(program, args=named)
    except ValueError as error:
        stop(3, f"error: {error}")
    try:
        for value in (value for each in inputs(flags, paths) for value in compiled.input_value(each)):
            raw = "r" in flags and isinstance(value, str)
            layout = {"separators": (",", ":")} if "c" in flags else {"indent": 2}
            text = value if raw else json.dumps(value, ensure_ascii=False, **layout)
            sys.stdout.write(f"{text}\n")
    except ValueError as error:
        stop(5, f"error (at <unknown>): {error}")


if __name__ == "__main__":
    main()
