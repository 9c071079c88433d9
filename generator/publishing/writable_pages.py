"""Whether a page can be written: checked before the work that it reports."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from generator.errors import GeneratorError, reason
from generator.publishing.files import refuse_irregular


def refuse_unwritable(file: str, read: Iterable[str] = ()) -> None:
    """GeneratorError if the page could not be written, or would replace a file that is read, before the run."""
    try:
        refuse_irregular(file)
        path = Path(file)
        if same := [each for each in read if path.exists() and Path(each).exists() and path.samefile(each)]:
            raise GeneratorError(f"cannot write {file}: the command reads {same[0]}, allowed: another file")
        parents = Path(os.path.realpath(file)).parents  # Path.resolve fails on a link that leads to itself
        folder = next(each for each in parents if each.exists())
    except OSError as error:
        raise GeneratorError(f"cannot write {file}: {reason(error)}") from error
    except ValueError as error:  # a NUL in the name
        raise GeneratorError(f"cannot write {file!r}: {error}") from error
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise GeneratorError(f"cannot write {file}: {folder} is not a folder with write access")
