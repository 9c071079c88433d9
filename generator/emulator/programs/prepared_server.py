"""A program that starts once: `prepared_server.py FOLDER PROGRAM` forks for each command that comes to FOLDER/socket.

`aws` is the AWS CLI. `function` does what Lambda does around a handler, with the SDK that its runtime of Python has.
They cannot be one process: the AWS CLI comes with a botocore of its own.

It imports nothing of this package, because it is run by its path. It reports when it is ready, and ends with its
standard input, after deleting its folder.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

# Data that most commands read at their start: https://docs.aws.amazon.com/cli/v1/userguide/cli-configure-options.html
DATA = ("endpoints", "partitions", "_retry", "cli", "sdk-default-configuration")
SERVICES = ("cloudformation", "ec2", "ecr", "s3")
MODELS = ("service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2")


def aws_cli() -> Callable[[list[str]], Any]:
    """The AWS CLI, with everything loaded that does not depend on a command."""
    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    loader = driver.session.get_component("data_loader")
    for name in DATA:
        loader.load_data(name)
    for service in SERVICES:
        for model in MODELS:
            if service in loader.list_available_services(model):
                loader.load_service_model(service, model)
    models = os.environ["AWS_DATA_PATH"]

    def run(arguments: list[str]) -> Any:
        os.environ["AWS_DATA_PATH"] = models
        sys.argv[:] = ["aws", *arguments]
        return driver.main()

    return run


def function() -> Callable[[list[str]], Any]:
    """Lambda's environment of a handler, as far as a function sees it. It reads the event, and writes a file.

    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
    """
    import boto3  # noqa: F401  most functions do

    def run(arguments: list[str]) -> None:
        handler, name, request, result = arguments
        sys.path.insert(0, ".")
        module, _, function = handler.rpartition(".")
        stream = f"[$LATEST]{request}"
        context = types.SimpleNamespace(function_name=name, aws_request_id=request, log_stream_name=stream)
        given = getattr(importlib.import_module(module.replace("/", ".")), function)(json.load(sys.stdin), context)
        Path(result).write_text(json.dumps(given), encoding="utf-8")

    return run


def serve(folder: str, program: str) -> None:
    """Take commands from the socket until standard input ends."""
    main = PROGRAMS[program]()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    gc.freeze()
    os.chdir(folder)  # the path of a socket may have 104 bytes on macOS, 108 on Linux: its name always fits
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
            listening.listen()
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
                take(main, listening)
    finally:
        shutil.rmtree(folder)


def take(main: Callable[[list[str]], Any], listening: socket.socket) -> None:
    """Fork for the next command."""
    asking, _ = listening.accept()
    with asking:
        if os.fork() == 0:
            listening.close()
            run(main, asking)


def run(main: Callable[[list[str]], Any], asking: socket.socket) -> NoReturn:
    """Run the command and nothing else. The client gets the exit code, unless it went away or sent nothing."""
    try:
        arguments = become(asking)
        threading.Thread(target=watch, args=[asking, threading.get_ident()], daemon=True).start()
        asking.sendall(bytes([finished(main, arguments)]))
    finally:  # no exception may reach the loop that this process is a copy of
        os._exit(255)


def become(asking: socket.socket) -> list[str]:
    """Take over the files, folder, umask and environment of the client, as it sent them. Return its arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # only the client knows whether Ctrl-C is ignored
    length, files, _, _ = socket.recv_fds(asking, 4, 4)
    wanted = json.loads(asking.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    os.fchdir(files[3])
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    arguments: list[str] = wanted["arguments"]
    return arguments


def watch(asking: socket.socket, main_thread: int) -> None:
    """End with the client, however that ends. The bytes that it sends until then are numbers of signals.

    A signal that comes just before a call that blocks does not interrupt it, so it is sent again.
    """
    sent = b""
    while True:
        with contextlib.suppress(TimeoutError):
            sent = asking.recv(1)
        if not sent:
            os._exit(255)
        signal.pthread_kill(main_thread, sent[0])
        asking.settimeout(2)


def finished(main: Callable[[list[str]], Any], arguments: list[str]) -> int:
    """The exit code that Python would use: https://docs.python.org/3/library/sys.html#sys.exit ."""
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    except BaseException:  # noqa: BLE001  the end of a program
        sys.excepthook(*sys.exc_info())
        code = 1
    if not isinstance(code, int | None):
        sys.stderr.write(f"{code}\n")
        code = 1
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        code = 120
    sys.stderr.flush()
    return (code or 0) & 0xFF


PROGRAMS = {"aws": aws_cli, "function": function}

if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
