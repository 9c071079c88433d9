"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from generator.errors import GeneratorError


def write_text(path: Path, text: str) -> bool:
    """Whether the file had to be written: one that holds the text already is left alone. Makes the folders as well."""
    content = text.encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise GeneratorError(f"cannot write {path}: {reason(error)}") from error
    return True


def reason(error: OSError) -> str:
    """What went wrong, and with which file when that is not the one that was asked for."""
    if isinstance(error, FileExistsError):  # mkdir met a file: the system's own words are no help here
        return f"{error.filename} is a file, not a folder"
    return error.strerror or str(error)


def _replace(path: Path, content: bytes) -> None:
    # Beside the target, because a rename is atomic only inside one file system. tempfile would choose a better name,
    # but its import takes longer than a whole write.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:  # an interrupt must not leave rubbish either
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
