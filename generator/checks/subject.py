"""The subject of a check."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.errors import GeneratorError, reason


@dataclass(frozen=True)
class Subject:
    """A published template as the generator builds it now, and the file that should hold it."""

    name: str
    path: Path
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The template as data, the way AWS reads it."""
        body: dict[str, Any] = json.loads(self.text)
        return body


def entries(folder: Path) -> list[Path]:
    """The files in a folder, sorted, without hidden ones; none if the folder does not exist."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GeneratorError(f"cannot read {folder}: {reason(error)}") from error


def special(path: Path) -> bool:
    """Whether it is a pipe, a socket or a device, which could be read without end. A missing file is none of these."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


NOT_A_FILE = "a pipe, a socket or a device, allowed: a file"
