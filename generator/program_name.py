"""How a user types this program: `make setup` installs it where PATH does not reach."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "ecr-pipeline"
LOCAL = f".venv/bin/{NAME}"


def program(called_as: str = "") -> str:
    """The word to begin a command with, in the folder of the caller, who typed `called_as` or what the process has."""
    called_as = called_as or sys.argv[0]
    typed, found = Path(called_as), shutil.which(NAME)
    if found and not (typed.name == NAME and typed.exists() and not typed.samefile(found)):
        return NAME
    if typed.name == NAME:
        return shlex.quote(called_as)
    return LOCAL if Path(LOCAL).is_file() else NAME
