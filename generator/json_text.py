"""JSON that a user gives: a file, or standard input."""

from __future__ import annotations

import codecs
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from generator.errors import GeneratorError, reason
from generator.findings import quoted

# Far more than such a document has. Without a limit, a device such as /dev/zero would fill the memory.
MAX_BYTES = 256 * 1024 * 1024
TOO_DEEP = "cannot be read as JSON: its lists and objects are nested too deeply"
# A list, or a key without quotes.
_YAML = re.compile(r"\s*(?:---\s|#|- \S|[A-Za-z][\w.-]*:(?:\s|$))")


def name_of(file: str) -> str:
    """The name of a file in messages."""
    return "standard input" if file == "-" else file


def read(file: str, *, most: int = MAX_BYTES) -> str:
    """The text of a file of at most `most` bytes; of standard input for `-`."""
    try:
        data = _bytes(file, most)
        return data.decode("utf-8-sig")  # PowerShell writes a mark at the beginning
    except OSError as error:
        raise GeneratorError(f"{name_of(file)}: cannot be read: {reason(error)}") from error
    except UnicodeDecodeError as error:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # `>` of Windows PowerShell
            command = f"iconv -f UTF-16 -t UTF-8 {shlex.quote(file)} > NEW"
            raise GeneratorError(f"{name_of(file)}: given UTF-16, allowed: UTF-8. To convert it: {command}") from error
        raise GeneratorError(f"{name_of(file)}: not UTF-8: {error.reason} at byte {error.start}") from error
    except ValueError as error:  # a NUL in a file's name
        raise GeneratorError(f"{quoted(file)} is not the name of a file: {error}") from error


def parse(text: str, name: str) -> Any:
    """The parsed JSON; `name` is for messages. A duplicate key is an error, because one of its values would be lost."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except GeneratorError as error:
        raise GeneratorError(f"{name}: {error}") from error
    except json.JSONDecodeError as error:
        line, why = not_json(error)
        raise GeneratorError(f"{name}:{line}: not JSON: {why}") from error
    except ValueError as error:  # a number of 5,000 digits
        raise GeneratorError(f"{name}: cannot be read as JSON: {error}") from error
    except RecursionError as error:
        raise GeneratorError(f"{name}: {TOO_DEEP}") from error


def not_json(error: json.JSONDecodeError) -> tuple[int, str]:
    """The line to change, and how: Python's messages explain few of the usual mistakes."""
    before, at = error.doc[: error.pos].rstrip(), error.doc[error.pos : error.pos + 1]
    if not error.doc.strip():
        return 1, "it is empty"
    if _YAML.match(error.doc):
        return error.lineno, "it looks like YAML"
    if before.endswith(",") and at in ("]", "}"):
        return before.count("\n") + 1, f"remove the comma before {at}"
    if error.doc[error.pos :].startswith(",") and "trailing comma" in error.msg:  # Python 3.13 points at the comma
        return error.lineno, "remove the comma before the closing bracket"
    return error.lineno, f"{error.msg} at column {error.colno}"


def _bytes(file: str, most: int) -> bytes:
    if file != "-":
        with Path(file).open("rb") as opened:
            data = opened.read(most + 1)
    elif sys.stdin is None:
        raise GeneratorError("standard input is closed: give a file, or a pipe")
    else:
        data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise GeneratorError(f"{name_of(file)}: given more than {most:,} bytes, allowed: at most {most:,}")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        key = next(key for key in keys if keys.count(key) > 1)
        raise GeneratorError(f"given the key {quoted(key)} {keys.count(key)} times in one object, allowed: once")
    return found
