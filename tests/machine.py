"""The machine of a buildspec under test: its search path, with stand-ins for programs that would use the network."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from generator.emulator.programs import libjq

STANDINS = Path(__file__).parent / "standins"
PYTHON = f"exec {shlex.quote(sys.executable)}"
LIBJQ = f'{PYTHON} -I {shlex.quote(libjq.__file__)} "$@"'


def executable(file: Path, script: str) -> None:
    """A command on the search path."""
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


def search_path(folder: Path, standin: str) -> str:
    """A search path with that stand-in for `aws` and `docker`; time that is slept is written down, not spent."""
    for name in ("aws", "docker"):
        # Without an environment and site-packages Python starts three times as fast.
        python = shlex.quote(os.path.realpath(sys.executable))
        executable(folder / name, f'exec {python} -SE {shlex.quote(str(STANDINS / standin))} {name} "$@"')
    executable(folder / "sleep", """printf '["sleep", "%s"]\\n' "$1" >>"$STANDIN_LOG\"""")
    if shutil.which("jq") is None:
        executable(folder / "jq", LIBJQ)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
