"""Images go into a registry and come out of it as they were, with a real engine or without one."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from generator.emulator.aws import emulator
from generator.emulator.programs.images import sample
from generator.emulator.programs.registry import Engine, _engine, _problem, _upload, _without, registry
from generator.oci import digest_of


class Pushed(http.server.BaseHTTPRequestHandler):
    """A registry that takes pushes, as the distribution specification has them, and nothing else."""

    server: Any

    def do_POST(self) -> None:
        """Begin an upload."""
        self._answer(202, Location=f"http://127.0.0.1:{self.server.server_port}{self.path}1?state=a")

    def do_PUT(self) -> None:
        """Take a blob with the right digest, or a manifest whose blobs exist."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = urlsplit(self.path)
        if "/blobs/" in target.path:
            ok = [digest_of(body)] == parse_qs(target.query)["digest"]
        else:
            manifest = json.loads(body)
            named = [*manifest.get("layers", ()), *manifest.get("manifests", ()), manifest.get("config")]
            ok = {each["digest"] for each in named if each} <= self.server.there.keys()
            ok = ok and target.path.rpartition("/")[2] == digest_of(body)
            ok = ok and manifest["mediaType"] == self.headers["Content-Type"]
        if ok:
            self.server.there[digest_of(body)] = target.path.split("/blobs/")[0].split("/manifests/")[0]
        self._answer(201 if ok else 400)

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def pushed_to() -> Iterator[Any]:
    """Such a registry, running."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pushed)
    server.there = {}  # type: ignore[attr-defined]  # what the handler keeps
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_push_follows_the_protocol() -> None:
    """Blobs before the manifest that names them, images before their index."""
    image = sample(["linux/amd64", "linux/arm64"], "pushed")
    with pushed_to() as server:
        _upload(f"http://127.0.0.1:{server.server_port}/v2", "team/orders", image)
        blobs = {digest for child in image.children for digest in child.blobs}
        digests = {image.digest, *(child.digest for child in image.children), *blobs}
        assert dict.fromkeys(digests, "/v2/team/orders") == server.there


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["of this machine", "none"])
def test_a_pushed_image_can_be_pulled_by_its_digest(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the program `docker` that builds get: a real engine where this machine has one, else the stand-in."""
    if engine == "none":
        monkeypatch.setenv("PATH", str(tmp_path))
    image = sample(["linux/amd64", "linux/arm64"], "round trip")
    with emulator() as aws:
        ecr = aws.inside("ecr")
        ecr.create_repository(repositoryName="team/orders")
        [given] = ecr.get_authorization_token()["authorizationData"]
        host = given["proxyEndpoint"].removeprefix("https://")
        with registry(host=host, password="a password") as images:
            program = tmp_path / "docker"
            program.write_text(images.program, encoding="utf-8")
            program.chmod(0o755)
            environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **aws.environment()}

            def docker(*words: str, stdin: str = "") -> str:
                done = subprocess.run(
                    [program, *words], env=environment, input=stdin, capture_output=True, text=True, check=False
                )
                assert 0 == done.returncode, f"{images.said}: {done.stderr}"
                return done.stdout

            images.push("team/orders", image)
            docker("login", "--username", "AWS", "--password-stdin", host, stdin="a password")
            for child in image.children:
                ecr.put_image(
                    repositoryName="team/orders", imageManifest=child.manifest.decode(), imageDigest=child.digest
                )
                reference = f"{host}/team/orders@{child.digest}"
                docker("pull", "--platform", child.platform, reference)
                [described] = json.loads(docker("image", "inspect", reference))
                assert child.platform == f"{described['Os']}/{described['Architecture']}"


def test_an_engine_that_does_not_answer_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Docker CLI without a daemon pulls nothing: podman is taken, if it works. Otherwise the reason is shown."""
    for name, code in (("docker", 1), ("podman", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    engine = _engine(tmp_path / "first")
    assert isinstance(engine, Engine)
    assert "podman" == engine.name
    said = "WARN old\nError: the specified runroot is longer than 50 characters"
    (tmp_path / "podman").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 125\n", encoding="utf-8")
    assert (
        "docker cannot be used here (exit code 1), podman cannot be used here (the specified runroot is longer than 50"
        " characters)"
    ) == _engine(tmp_path / "second")
    assert "No such file" in _problem(engine._replace(command=[str(tmp_path / "nothing")]))
    (tmp_path / "docker").unlink()
    (tmp_path / "podman").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _without(_engine(tmp_path / "third")).startswith("no container engine on this machine: docker is a stand-in")
    assert _without(engine).startswith("no docker-registry or registry on this machine: docker is a stand-in")
