"""The AWS CLI of the extra `try`, already started, because most of its time is spent on starting.

A separate process has started it once, and forks for each command: the same program, in a fifth of the time. A command
has the caller's arguments, environment, files, folder and umask, receives Ctrl-C and ends with its caller. Settings
that are read before the command is known are those of the start: locale, PYTHON*, and files in ~/.aws other than the
configuration.
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

from generator.errors import GeneratorError, not_installed

SERVER, CLIENT = (Path(__file__).with_name(f"cli_{side}.py") for side in ("server", "client"))


@functools.cache
def aws_cli() -> str:
    """The path of the program, valid as long as this process lives. GeneratorError if the AWS CLI is not installed."""
    if importlib.util.find_spec("awscli") is None:
        raise not_installed("awscli", "try")
    return start(SERVER)


def start(script: Path) -> str:
    """The path of a program whose commands go to a process that runs the script.

    GeneratorError if that process ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="ecr-pipeline-aws-"))
    program = folder / "aws"
    command = shlex.join([sys.executable, "-I", "-S", str(CLIENT), str(folder)])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    # It reads no settings of this machine. It ends with this process, whose end closes its standard input, and cleans
    # up.
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    server = subprocess.Popen(
        [sys.executable, "-I", str(script), str(folder)],
        env={"PATH": os.environ.get("PATH", os.defpath), **nowhere},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if server.stdout is None or not server.stdout.readline():
        said = server.communicate()[1].strip().splitlines()
        shutil.rmtree(folder)
        raise GeneratorError(f"the AWS CLI does not start: {said[-1] if said else f'exit code {server.returncode}'}")
    atexit.register(server.communicate)
    return str(program)
