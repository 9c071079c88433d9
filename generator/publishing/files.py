"""Atomic writing of files."""

# ruff: noqa: PTH103, PTH105, PTH108, PTH112, PTH113, PTH114, PTH116, PTH118, PTH120, PTH123
# `write` depends on this, and importing pathlib (with urllib and ipaddress) takes as long as building a template.

from __future__ import annotations

import contextlib
import os
import stat
from itertools import zip_longest

from generator.errors import GeneratorError, reason

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def write_text(path: str | os.PathLike[str], text: str) -> str:
    """Write the file, and make its folders. Returns what was done, such as `wrote PATH`, with a word on new folders.

    A file that is up to date is not touched. For one with another content, perhaps edited by hand, the first different
    line is named. The target of a symbolic link is written, and the link stays.
    """
    name = os.fspath(path)
    content = text.encode()
    try:
        refuse_irregular(name)
        target = os.path.realpath(name)
        before = _read(target) if os.path.isfile(target) else None
        if before == content:
            return f"unchanged {name}"
        folder = os.path.dirname(target) or "."
        is_new = not os.path.isdir(folder)
        os.makedirs(folder, exist_ok=True)
        _replace(target, content)
    except OSError as error:
        raise GeneratorError(f"cannot write {name}: {reason(error)}") from error
    except ValueError as error:  # a NUL in the name
        raise GeneratorError(f"cannot write {name!r}: {error}") from error
    where = f"{name} -> {target}" if os.path.islink(name) else name
    if before is None:
        return f"wrote {where} (new folder)" if is_new else f"wrote {where}"
    return f"replaced {where}, which differed from line {first_difference(before, content)} on"


def refuse_irregular(name: str) -> None:
    """GeneratorError if a folder, a pipe or a device has the name: a file must not replace it."""
    try:
        mode = os.stat(name).st_mode
    except (FileNotFoundError, NotADirectoryError):  # the folders are for others to look at
        return
    if not stat.S_ISREG(mode):
        kind = next((what for is_one, what in KINDS if is_one(mode)), "not a regular file")
        raise GeneratorError(f"cannot write {name}: it is {kind}, allowed: the name of a file")


def first_difference(one: bytes, other: bytes) -> int:
    """The number of the first line in which two different files differ."""
    pairs = zip_longest(one.splitlines(keepends=True), other.splitlines(keepends=True))
    return next(number for number, (left, right) in enumerate(pairs, start=1) if left != right)


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
