"""An HTTP server in a thread, on the loopback interface."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from generator.emulator.programs import children


@contextmanager
def local_server(handler: type[BaseHTTPRequestHandler], *, name: str) -> Iterator[int]:
    """The port of a server that answers by this handler, until the block ends. `name` is that of its thread."""
    server = _Server(("127.0.0.1", 0), handler)
    # The interval in which it checks whether it must stop.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name=name, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Prints no traceback for a client that went away, or for a request that the end of the command cuts off."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self.stopping = threading.Event()
        super().__init__(*arguments)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the traceback of an error that is a bug."""
        gone = isinstance(sys.exc_info()[1], ConnectionError)
        if not (gone or self.stopping.is_set() or children.ending()):
            super().handle_error(request, client_address)
