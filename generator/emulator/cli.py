"""The AWS CLI that is installed with `ecr-pipeline[try]`, ready to run: most of what it does, it does while it starts.

A process of its own has started it once, and forks for each command: the same program, in a fifth of the time.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from generator.errors import GeneratorError

SERVER, CLIENT = (Path(__file__).with_name(f"cli_{side}.py") for side in ("server", "client"))


@functools.cache
def aws_cli() -> str:
    """The path of the program, for as long as this process lives. GeneratorError where the AWS CLI is not there."""
    if importlib.util.find_spec("awscli") is None:
        raise GeneratorError("the AWS CLI is not there: install it with pip install 'ecr-pipeline[try]'")
    folder = Path(tempfile.mkdtemp(prefix="ecr-pipeline-aws-"))
    socket, program = folder / "socket", folder / "aws"
    command = shlex.join([sys.executable, "-I", "-S", str(CLIENT), str(socket)])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    # It knows nothing of this machine. It ends with this process, as its standard input does, and clears up.
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    server = subprocess.Popen(
        [sys.executable, "-I", str(SERVER), str(socket)],
        env={"PATH": os.environ.get("PATH", os.defpath), **nowhere},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(server.communicate)
    if server.stdout is None or not server.stdout.readline():
        raise GeneratorError(f"the AWS CLI does not start: {sys.executable} -I {SERVER} {socket}")
    return str(program)
