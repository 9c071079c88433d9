"""The registry for pushes and pulls: a real registry and engine if the machine has them, otherwise a folder.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from generator.emulator.programs import docker, images
from generator.emulator.programs.images import Image

REGISTRIES = ("docker-registry", "registry")  # the program's name in Debian, and its own
START_SECONDS = 20


class Registry(NamedTuple):
    """A registry that replaces ECR's."""

    said: str
    """The program that pulls, and its source, for readers of the outcome."""
    push: Callable[[str, Image], None]
    """Put an image into a repository."""
    program: str
    """The text of the program `docker` for the builds."""


class Engine(NamedTuple):
    """A working container engine, and its command, which leaves nothing behind on this machine."""

    name: str
    command: list[str]


@contextmanager
def registry(*, host: str, password: str) -> Iterator[Registry]:
    """The registry `host`, until the block ends. `password` is the one that ECR issues for a login."""
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-registry-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        blobs = folder / "blobs"
        engine, server = _engine(folder), _server()
        settings = docker.Settings(host, password, str(blobs), [], "")
        if isinstance(engine, str) or server is None:
            said = _without(engine)
            yield Registry(said, lambda _, image: images.store(image, blobs), _program(folder, settings))
            return
        with _served(server, folder) as address:
            real = settings._replace(engine=engine.command, address=address)
            said = f"{engine.name} pulls from a registry on {address}"
            try:
                yield Registry(said, partial(_upload, f"http://{address}/v2"), _program(folder, real))
            finally:
                _forget(engine, address)


def told() -> str:
    """The program that would pull on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        engine = _engine(Path(folder))
    return f"{engine.name}, and a registry" if isinstance(engine, Engine) and _server() else _without(engine)


def _without(engine: Engine | str) -> str:
    why = engine if isinstance(engine, str) else f"no {' or '.join(REGISTRIES)} on this machine"
    return f"{why}: docker is a stand-in that checks login, permissions, digest, platform"


def _server() -> str | None:
    return next(filter(None, map(shutil.which, REGISTRIES)), None)


def _program(folder: Path, settings: docker.Settings) -> str:
    file = folder / "settings.json"
    file.write_text(json.dumps(settings._asdict()), encoding="utf-8")
    return f'#!/bin/sh\nexec {shlex.join([sys.executable, "-I", docker.__file__, str(file)])} "$@"\n'


def _engine(folder: Path) -> Engine | str:
    """An engine that answers, or why there is none.

    On systems other than Linux it runs in a virtual machine that cannot see our loopback.
    """
    if sys.platform != "linux":
        return "container engines run in a virtual machine here"
    config = folder / ".config/containers"
    config.mkdir(parents=True)
    (config / "registries.conf").write_text('[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n', encoding="utf-8")
    (config / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}', encoding="utf-8")
    own = [f"HOME={folder}", f"CONTAINERS_REGISTRIES_CONF={config}/registries.conf"]
    storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
    choices = (
        Engine("docker", ["docker"]),
        Engine("podman", ["env", *own, "podman", *storage]),
    )
    problems: list[str] = []
    for engine in choices:
        if shutil.which(engine.name):
            problem = _problem(engine)
            if not problem:
                return engine
            problems.append(f"{engine.name} cannot be used here ({problem})")
    return ", ".join(problems) or "no container engine on this machine"


def _problem(engine: Engine) -> str:
    """The reason for which an engine does not answer; "" if it does."""
    try:
        done = subprocess.run(
            [*engine.command, "info"], capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[-1].removeprefix("Error: ") if done.returncode else ""


@contextmanager
def _served(server: str, folder: Path) -> Iterator[str]:
    """The address of a registry that runs until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "registry.yml"
    config.write_text(
        json.dumps(
            {
                "version": "0.1",
                "log": {"level": "error"},
                "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}},
                "http": {"addr": address},
            }
        ),
        encoding="utf-8",
    )
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen([server, "serve", str(config)], stdout=log, stderr=log)
    try:
        _wait(f"http://{address}/v2/", process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _request("GET", url)
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the registry for {url} did not start")


def _upload(api: str, name: str, image: Image) -> None:
    """Push by the protocol: every blob, then the manifests, an index last."""
    repository = f"{api}/{name}"
    for each in (*image.children, image):
        for digest, content in each.blobs.items():
            place = _request("POST", f"{repository}/blobs/uploads/")["Location"]
            separator = "&" if "?" in place else "?"
            _request("PUT", f"{place}{separator}digest={digest}", content, "application/octet-stream")
        _request("PUT", f"{repository}/manifests/{each.digest}", each.manifest, each.media_type)


def _request(method: str, url: str, content: bytes = b"", media_type: str = "") -> dict[str, str]:
    """The headers of the response. Proxies of the environment are ignored."""
    headers = {"Content-Type": media_type} if media_type else {}
    request = urllib.request.Request(url, data=content or None, method=method, headers=headers)  # noqa: S310  loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=START_SECONDS) as response:
        return dict(response.headers)


def _forget(engine: Engine, address: str) -> None:
    """Remove pulled images, because all users of this machine share Docker's images."""
    listed = subprocess.run(
        [*engine.command, "image", "ls", "--digests", "--format", "{{.Repository}}@{{.Digest}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [name for name in listed.stdout.split() if name.startswith(f"{address}/")]
    if ours:
        subprocess.run([*engine.command, "image", "rm", "--force", *ours], capture_output=True, check=False)
