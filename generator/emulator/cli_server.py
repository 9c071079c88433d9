"""The AWS CLI, started once: `cli_server.py FOLDER/socket` forks for each command that a client asks for.

It imports nothing of this package: it is run by its path. It says when it is ready, and ends with its standard input,
and its folder with it.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

# What it reads at the start of most commands: https://docs.aws.amazon.com/cli/v1/userguide/cli-configure-options.html
DATA = ("endpoints", "partitions", "_retry", "cli", "sdk-default-configuration")
SERVICES = ("cloudformation", "ec2", "ecr", "s3")
MODELS = ("service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2")


def started() -> Any:
    """The program, with everything read that no setting of a command changes."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    loader = driver.session.get_component("data_loader")
    for name in DATA:
        loader.load_data(name)
    for service in SERVICES:
        for model in MODELS:
            if service in loader.list_available_services(model):
                loader.load_service_model(service, model)
    return driver


def serve(path: str) -> None:
    """Take commands from the socket until standard input ends."""
    driver, models = started(), os.environ["AWS_DATA_PATH"]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:
                break
            asking, _ = listening.accept()
            with asking:
                if os.fork() == 0:
                    listening.close()
                    os._exit(run(driver, models, asking))
    shutil.rmtree(Path(path).parent)


def run(driver: Any, models: str, asking: socket.socket) -> int:
    """Be the command: with its files, folder, environment and arguments. The client gets the exit code as well."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(asking, 1, 3)
    with asking.makefile("rb") as reader:
        wanted = json.loads(reader.read())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"], AWS_DATA_PATH=models)
    sys.argv[:] = ["aws", *wanted["arguments"]]
    try:
        code = driver.main() or 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    asking.send(bytes([code]))
    return int(code)


if __name__ == "__main__":
    serve(sys.argv[1])
