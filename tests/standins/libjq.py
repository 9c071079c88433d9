"""`jq` by its Python binding, for machines without the command: the options that the buildspecs use, and no others.

https://jqlang.org/manual/ has the options and the exit codes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jq


def stop(code: int, message: str) -> None:
    """Complain and end, as the command would."""
    print(f"jq: {message}", file=sys.stderr)
    sys.exit(code)


def documents(path: str) -> list[object]:
    """Every JSON text in a file."""
    try:
        found: list[object] = jq.compile(".").input_text(Path(path).read_text(encoding="utf-8", errors="replace")).all()
    except (OSError, ValueError) as error:
        stop(2, f"error: Bad JSON in --slurpfile {path}: {error}")
    return found


def main() -> None:
    """Run the program of the command line once, on null: `-n` is required."""
    words = iter(sys.argv[1:])
    flags: set[str] = set()
    named: dict[str, object] = {}
    program = ""
    for word in words:
        if word in ("--arg", "--slurpfile"):
            name, value = next(words), next(words)
            named[name] = value if word == "--arg" else documents(value)
        elif word.startswith("-"):
            flags |= set(word[1:])
        else:
            program = word
    if "n" not in flags or flags - set("nrc"):
        stop(2, f"not pretended here: {sys.argv[1:]}")
    try:
        compiled = jq.compile(program, args=named)
    except ValueError as error:
        stop(3, f"error: {error}")
    try:
        for value in compiled.input_value(None):
            raw = "r" in flags and isinstance(value, str)
            layout = {"separators": (",", ":")} if "c" in flags else {"indent": 2}
            print(value if raw else json.dumps(value, ensure_ascii=False, **layout))
    except ValueError as error:
        stop(5, f"error (at <unknown>): {error}")


if __name__ == "__main__":
    main()
