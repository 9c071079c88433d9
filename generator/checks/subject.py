"""What is checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.errors import GeneratorError
from generator.publishing.files import reason


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
    """What lies in a folder, sorted, without hidden files; nothing where there is no folder."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GeneratorError(f"cannot read {folder}: {reason(error)}") from error
