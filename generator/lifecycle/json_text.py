"""JSON that a user hands in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from generator.errors import GeneratorError
from generator.publishing.files import reason


def name_of(file: str) -> str:
    """What a file is called in messages."""
    return "standard input" if file == "-" else file


def read(file: str) -> str:
    """The text of a file; of `-`, what comes in on standard input."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")  # PowerShell writes a mark at the beginning
    except OSError as error:
        raise GeneratorError(f"{name_of(file)}: cannot be read: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise GeneratorError(f"{name_of(file)}: not UTF-8: {error.reason} at byte {error.start}") from error


def parse(text: str, name: str) -> Any:
    """What the text says; the name is for the message."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise GeneratorError(f"{name}:{error.lineno}: not JSON: {error.msg} at column {error.colno}") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; lists in lists in lists
        raise GeneratorError(f"{name}: not JSON that can be read: {error}") from error
