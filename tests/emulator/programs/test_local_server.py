"""The stand-ins for servers that are no AWS API: which errors of their requests are printed."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from generator.emulator.programs.local_server import local_server
from tests.emulator.held_request import HeldRequest, report_errors_again


def _answers(error: Exception, ending: str) -> None:
    """A request that fails by this error while something ends."""
    held = HeldRequest()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.hold()
            raise error

    with local_server(Handler, name="test") as port:
        asking = socket.create_connection(("127.0.0.1", port))
        asking.sendall(b"GET / HTTP/1.0\r\n\r\n")
        request = held.end(ending)
    held.cut_off(request)
    asking.close()
    report_errors_again()


@pytest.mark.parametrize("ending", ["the server", "the command"])
def test_the_end_cuts_requests_off_silently(ending: str, capfd: pytest.CaptureFixture[str]) -> None:
    """No traceback after "Interrupted.", whatever ends first."""
    _answers(ValueError("cut off"), ending)
    assert "" == capfd.readouterr().err


def test_a_client_may_go_away(capfd: pytest.CaptureFixture[str]) -> None:
    """A build that ran out of time, for example."""
    _answers(BrokenPipeError("nobody reads"), "")
    assert "" == capfd.readouterr().err


def test_a_bug_keeps_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    """Any other error is printed."""
    _answers(ValueError("a bug"), "")
    assert "ValueError: a bug" in capfd.readouterr().err
