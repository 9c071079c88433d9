"""Programs of the extra `try`, ready to run: most of the time that they take, they take to start.

A process of its own starts each program once, then forks for each command. A command has the caller's arguments,
environment, files, folder and umask. It receives Ctrl-C, and ends with its caller.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from generator.errors import GeneratorError, not_installed

SERVER, CLIENT = (Path(__file__).with_name(f"prepared_{side}.py") for side in ("server", "client"))
# The program `function` is the handler of a Lambda function.
NAMES = {"aws": "the AWS CLI", "function": "Python for Lambda functions"}


class Starting(NamedTuple):
    """A process that prepares a program, and its folder."""

    program: str
    server: subprocess.Popen[str]
    folder: Path


@functools.cache
def command(program: str) -> str:
    """The path of the program, for as long as this process lives. GeneratorError if it cannot be prepared."""
    return ready(begin(program))


@functools.cache
def begin(program: str) -> Starting:
    """Start to prepare the program, while this process does something else. GeneratorError without the AWS CLI."""
    if importlib.util.find_spec("awscli") is None:
        raise not_installed("awscli", "try")
    return start(program, SERVER)


def start(program: str, script: Path) -> Starting:
    """Start the process that the script is."""
    folder = Path(tempfile.mkdtemp(prefix="ecr-pipeline-aws-"))
    # It knows nothing of this machine. It ends with this process, as its standard input does, and clears up.
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    server = subprocess.Popen(
        [sys.executable, "-I", str(script), str(folder), program],
        env={"PATH": os.environ.get("PATH", os.defpath), **nowhere},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    starting = Starting(program, server, folder)
    atexit.register(end, starting)
    return starting


def ready(starting: Starting) -> str:
    """Wait until the program can run. GeneratorError, and no folder, if the process ends instead."""
    name, server, folder = starting
    if server.stdout is None or not server.stdout.readline():
        said = server.communicate()[1].strip().splitlines()
        end(starting)
        last = said[-1] if said else f"exit code {server.returncode}"
        raise GeneratorError(f"{NAMES[name]} does not start: {last}")
    program = folder / name
    client = shlex.join([sys.executable, "-I", "-S", str(CLIENT), str(folder), name])
    program.write_text(f'#!/bin/sh\nexec {client} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def end(starting: Starting) -> None:
    """End the process, and remove its folder."""
    starting.server.kill()
    starting.server.communicate()
    shutil.rmtree(starting.folder, ignore_errors=True)
