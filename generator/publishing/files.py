"""Files that are written whole or not at all."""

# ruff: noqa: PTH103, PTH105, PTH108, PTH113, PTH118, PTH120, PTH123
# `write` stands on this, and importing pathlib (with urllib and ipaddress) takes as long as building a template.

from __future__ import annotations

import contextlib
import os

from generator.errors import GeneratorError


def write_text(path: str | os.PathLike[str], text: str) -> bool:
    """Whether the file had to be written: one that holds the text already is left alone. Makes the folders as well."""
    name = os.fspath(path)
    content = text.encode()
    try:
        if os.path.isfile(name) and _read(name) == content:
            return False
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        _replace(name, content)
    except OSError as error:
        raise GeneratorError(f"cannot write {name}: {reason(error)}") from error
    return True


def reason(error: OSError) -> str:
    """What went wrong, in the words of the system where they are of help."""
    if isinstance(error, FileExistsError):  # makedirs met a file
        return f"{error.filename} is a file, not a folder"
    return error.strerror or str(error)


def _read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _replace(name: str, content: bytes) -> None:
    # Beside the target, because a rename is atomic only inside one file system.
    folder, base = os.path.split(name)
    temporary = os.path.join(folder, f".{base}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, name)
    except BaseException:  # an interrupt must not leave rubbish either
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
