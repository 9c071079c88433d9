"""A server in place of CodeArtifact's endpoint for package managers, which API calls do not use.

https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from generator.emulator.programs.local_server import local_server


class PackageRequest(NamedTuple):
    """A request of a package manager for a package."""

    token: str
    domain: str
    owner: str
    """The account of the domain."""
    repository: str
    format: str
    package: str


class PackageAnswer(NamedTuple):
    """The answer: an HTTP status and a line of text."""

    status: HTTPStatus
    text: str


AnswerPackage = Callable[[PackageRequest], PackageAnswer]
# The path of the stand-in: the host at AWS, then what follows it.
_ADDRESS = re.compile(
    r"/(?P<domain>[a-z][a-z0-9-]*)-(?P<owner>[0-9]{12})\.d\.codeartifact\.[a-z0-9-]+\.amazonaws\.com"
    r"/(?P<format>[a-z]+)/(?P<repository>[A-Za-z0-9][A-Za-z0-9._-]+)/(?:simple/)?(?P<package>.+?)/?"
)


@contextmanager
def package_server(answer: AnswerPackage) -> Iterator[str]:
    """The address of the server, until the block ends. The host at AWS is the first part of the path."""
    handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
    with local_server(handler, name="packages") as port:
        yield f"http://127.0.0.1:{port}"


class _Handler(BaseHTTPRequestHandler):
    """Reads the name of the package and the token."""

    answer: AnswerPackage

    def do_GET(self) -> None:
        """Answer a request for a package."""
        asked = _ADDRESS.fullmatch(self.path)
        if asked:
            status, text = type(self).answer(
                PackageRequest(_token(self.headers.get("Authorization", "")), **asked.groupdict())
            )
        else:
            status, text = HTTPStatus.NOT_FOUND, f"no address of a package: {self.path}"
        content = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Do nothing, because a build shows the output of the package manager."""


def _token(authorization: str) -> str:
    """The token: the password of the user `aws`, or the whole value, as pip and npm send it.

    https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-pip.html
    """
    kind, _, given = authorization.partition(" ")
    if kind == "Bearer":
        return given
    user, _, password = base64.b64decode(given).decode().partition(":") if kind == "Basic" else ("", "", "")
    return password if user == "aws" else ""
