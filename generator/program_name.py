"""The name to type for this program: `make setup` installs it in a folder that is not on PATH."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "ecr-pipeline"
LOCAL = f".venv/bin/{NAME}"


def program(called_as: str = "") -> str:
    """The first word of a command line, as typed in the folder of the caller.

    `called_as` defaults to that of the process.
    """
    called_as = called_as or sys.argv[0]
    typed, found = Path(called_as), shutil.which(NAME)
    if found and not (typed.name == NAME and typed.exists() and not typed.samefile(found)):
        return NAME
    if typed.name == NAME:
        return shlex.quote(called_as)
    return LOCAL if Path(LOCAL).is_file() else NAME
