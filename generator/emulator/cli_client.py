"""`aws`, as builds find it: `cli_client.py SOCKET ARGUMENT...` hands a command over, and ends as it ended.

It imports nothing of this package and little else: it is run by its path, once for each command.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main(path: str, arguments: list[str]) -> int:
    """The exit code of the command; 255, which is the AWS CLI's own for what nobody foresaw, where it ended without."""
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(path)
        except OSError:
            sys.stderr.write("aws: the process that runs it has ended\n")
            return 255
        socket.send_fds(server, [b"."], [0, 1, 2])
        wanted = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109  quick
        server.sendall(json.dumps(wanted).encode())
        server.shutdown(socket.SHUT_WR)
        return (server.recv(1) or b"\xff")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
