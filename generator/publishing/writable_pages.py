"""Whether a page can be written: checked before the work that it reports."""

from __future__ import annotations

import os
from pathlib import Path

from generator.errors import GeneratorError


def refuse_unwritable(file: str) -> None:
    """GeneratorError if the page could not be written, before the run that it reports."""
    path = Path(file).resolve()
    if path.is_dir():
        raise GeneratorError(f"cannot write {file}: it is a folder, allowed: the name of a file")
    folder = next(each for each in path.parents if each.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise GeneratorError(f"cannot write {file}: {folder} is not a folder with write access")
