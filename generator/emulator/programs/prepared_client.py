"""A prepared program: `prepared_client.py FOLDER PROGRAM ARGUMENT...` passes on a command, and ends with its exit code.

It imports nothing of this package and little else, because it is run by its path, once for each command.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main(folder: str, program: str, arguments: list[str]) -> int:
    """The exit code of the command. Without one it is 255, the AWS CLI's own for unexpected errors."""
    if program == "aws" and not forks():
        os.execv(sys.executable, [sys.executable, "-I", "-m", "awscli", *arguments])  # noqa: S606  it is to be this process
    # Reading the umask sets it: from here on no file is created.
    wanted = {"arguments": arguments, "environment": dict(os.environ), "umask": os.umask(0)}
    request = json.dumps(wanted).encode()
    here = os.open(".", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        try:
            os.chdir(folder)  # the path of a socket may have 104 bytes on macOS, 108 on Linux: its name always fits
            server.connect("socket")
            socket.send_fds(server, [len(request).to_bytes(4, "big")], [0, 1, 2, here])
            server.sendall(request)
            return ended(server)
        except OSError:
            sys.stderr.write(f"{program}: the process that runs it has ended\n")
            return 255


def forks() -> bool:
    """Whether the started program may run the command: it has read an empty configuration."""
    empty = all(os.environ.get(name) == os.devnull for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"))
    # It has read its models too. Python has None for a file that is closed: that cannot be handed over.
    return empty and "AWS_DATA_PATH" not in os.environ and None not in (sys.stdin, sys.stdout, sys.stderr)


def ended(server: socket.socket) -> int:
    """The exit code, as soon as there is one. Ctrl-C does not reach the other process on its own."""
    try:
        return (server.recv(1) or b"\xff")[0]
    except KeyboardInterrupt:
        server.sendall(bytes([signal.SIGINT]))
        return (server.recv(1) or b"\xff")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
