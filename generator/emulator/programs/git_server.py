"""A Git server behind connections: repositories in a folder, served by Git's own HTTP backend on this machine.

`git` of a build finds it in place of AWS's address. The caller is known from the credentials that AWS's credential
helper makes, and each pull and push is decided before Git does it.
https://git-scm.com/docs/git-http-backend
"""

from __future__ import annotations

import base64
import os
import shlex
import shutil
import subprocess
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

from moto.utilities.utils import get_partition

from generator.emulator.programs.local_server import local_server
from generator.errors import GeneratorError
from generator.model.partitions import url_suffix

SERVICES = ("codeconnections", "codestar-connections")
ACTIONS = {"git-upload-pack": "GitPull", "git-receive-pack": "GitPush"}
SECONDS = 60
AUTHOR = {"GIT_AUTHOR_NAME": "trial", "GIT_AUTHOR_EMAIL": "trial@example.com"}
COMMITTER = {"GIT_COMMITTER_NAME": "trial", "GIT_COMMITTER_EMAIL": "trial@example.com"}


class GitRequest(NamedTuple):
    """A pull or a push, before it is done."""

    access_key: str
    connection: str
    """The part of its ARN after the service: region, account and id, with colons."""
    repository: str
    action: str
    """GitPull or GitPush."""


class GitServer(NamedTuple):
    """The running server."""

    folder: Path
    program: str
    """The text of the program `git` for the builds; "" if this machine has no Git."""

    def create(self, repository: str, branch: str, files: Mapping[str, str | Path]) -> None:
        """Create a repository with one commit, or change the files of an existing one. A path makes a symbolic link."""
        bare = self.folder / f"{repository}.git"
        if not bare.exists():
            _git("init", "--quiet", "--bare", "--initial-branch", branch, str(bare))
            _git("--git-dir", str(bare), "config", "http.receivepack", "true")
        with tempfile.TemporaryDirectory() as name:
            _git("clone", "--quiet", str(bare), name)
            _git("-C", name, "checkout", "--quiet", "-B", branch)
            for path, content in files.items():
                file = Path(name, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(content, Path):
                    file.symlink_to(content)
                else:
                    file.write_text(content, encoding="utf-8", newline="")
            _git("-C", name, "add", "--all")
            _git("-C", name, "commit", "--quiet", "--allow-empty", "--message", "Change of somebody")
            _git("-C", name, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def read(self, repository: str, branch: str, path: str) -> str:
        """A file at the end of a branch."""
        return _git("--git-dir", str(self.folder / f"{repository}.git"), "show", f"{branch}:{path}")

    def files(self, repository: str, branch: str) -> list[str]:
        """The paths of all files at the end of a branch; none if the repository does not exist."""
        bare = self.folder / f"{repository}.git"
        return (
            _git("--git-dir", str(bare), "ls-tree", "-r", "--name-only", branch).splitlines() if bare.exists() else []
        )

    def message(self, repository: str, branch: str) -> str:
        """The message of the last commit of a branch."""
        return _git("--git-dir", str(self.folder / f"{repository}.git"), "log", "-1", "--format=%B", branch)

    def commits(self, repository: str, branch: str) -> list[str]:
        """The ids of the commits of a branch, the last one first."""
        return _git("--git-dir", str(self.folder / f"{repository}.git"), "rev-list", branch).split()


@contextmanager
def git_server(region: str, decide: Callable[[GitRequest], str]) -> Iterator[GitServer]:
    """The server, until the block ends. `decide` returns the reason to refuse a request, or ""."""
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-git-") as name:
        folder = Path(name)
        if shutil.which("git") is None:
            yield GitServer(folder, "")
            return
        handler = type("Handler", (_Handler,), {"folder": folder, "decide": staticmethod(decide)})
        with local_server(handler, name="git") as port:
            yield GitServer(folder, _program(region, port))


def _program(region: str, port: int) -> str:
    """`git` with this server for AWS's hosts. Their names stay, because the credential helper checks them."""
    settings: list[str] = []
    for service in SERVICES:
        host = f"{service}.{region}.{url_suffix(get_partition(region))}"
        settings += ["-c", f"url.http://{host}:{port}/.insteadOf=https://{host}/"]
        settings += ["-c", f"http.curloptResolve={host}:{port}:127.0.0.1"]
    return f'#!/bin/sh\nexec {shlex.join([shutil.which("git") or "git", *settings])} "$@"\n'


def _git(*words: str) -> str:
    """The output of a Git command, without the settings of this machine."""
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ.get("PATH", os.defpath)}
    done = subprocess.run(["git", *words], env={**nothing, **AUTHOR, **COMMITTER}, capture_output=True, check=False)
    if done.returncode:
        raise GeneratorError(f"git {words[0]} fails on this machine: {done.stderr.decode().strip()}")
    return done.stdout.decode()


class _Handler(BaseHTTPRequestHandler):
    """Passes each request to Git's backend, if it is allowed."""

    folder: Path
    decide: Callable[[GitRequest], str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer the first request of a client: which commits exist."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a pull or a push."""
        self._serve()

    def log_message(self, format: str, *arguments: object) -> None:
        """Do nothing, because a build shows the output of Git."""

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = path.split("/")
        known = len(parts) > 6 and parts[1] == "git-http"
        service = urllib.parse.parse_qs(query).get("service", [parts[-1]])[0]
        if not known or service not in ACTIONS or "chunked" in self.headers.get("Transfer-Encoding", ""):
            self._answer(HTTPStatus.NOT_FOUND, b"")
            return
        user = _user(self.headers.get("Authorization", ""))
        if not user:
            self._answer(HTTPStatus.UNAUTHORIZED, b"", ("WWW-Authenticate", 'Basic realm="connection"'))
            return
        account, region, identifier = parts[2:5]
        inside = "/".join(parts[5:])
        repository = inside.partition(".git/")[0]
        request = GitRequest(user, f"{region}:{account}:connection/{identifier}", repository, ACTIONS[service])
        if reason := type(self).decide(request):
            self._answer(HTTPStatus.FORBIDDEN, f"{reason}\n".encode(), ("Content-Type", "text/plain"))
            return
        self._hand_over(f"/{inside}", query, body, user)

    def _hand_over(self, path: str, query: str, body: bytes, user: str) -> None:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": user,
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
        self._answer(HTTPStatus(status), content, *((name, value) for name, value in headers if name != "Status"))

    def _answer(self, status: HTTPStatus, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _user(authorization: str) -> str:
    """The access key in the credential helper's user name, which is the key, followed by % and the session token."""
    kind, _, encoded = authorization.partition(" ")
    if kind != "Basic":
        return ""
    return base64.b64decode(encoded).decode().partition(":")[0].partition("%")[0]
