"""The script of a revision on an instance: under real bash, with a stand-in for Docker."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from generator.buildspec import buildspec
from generator.emulator.programs import host_docker

pytestmark = pytest.mark.slow

REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
OLD, NEW = (f"{REGISTRY}/team/orders@sha256:{digit * 64}" for digit in "12")
# Docker as builds have it: it writes down what it was asked for, and pulls unless there is a file that says why not.
DOCKER = """#!/bin/sh
echo "$*" >>"$HOME/asked"
[ "$1" != login ] || { cat >>"$HOME/passwords"; echo "$DOCKER_CONFIG" >>"$HOME/configs"; }
[ ! -f "$HOME/broken" ] || { cat "$HOME/broken" >&2; exit 1; }
"""
AWS = """#!/bin/sh
[ "$*" = "ecr get-login-password --region eu-west-1" ] || exit 2
[ ! -f "$HOME/denied" ] || { echo AccessDenied >&2; exit 254; }
echo secret
"""


@dataclass
class Instance:
    """An instance with a revision."""

    folder: Path

    def __post_init__(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        words = [sys.executable, "-I", host_docker.__file__, str(self.engine), str(programs / "docker-of-builds")]
        texts = {
            "docker-of-builds": DOCKER,
            "docker": f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n',
            "aws": AWS,
            "sleep": "#!/bin/sh\n",
        }
        for name, text in texts.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)

    @property
    def engine(self) -> Path:
        """The file of images and containers."""
        return self.folder / "engine.json"

    @property
    def container(self) -> dict[str, Any]:
        """The container `orders`."""
        return dict(json.loads(self.engine.read_text(encoding="utf-8"))["containers"].get("orders", {}))

    def change(self, **state: Any) -> None:
        """Set images or containers as existing."""
        before = json.loads(self.engine.read_text(encoding="utf-8")) if self.engine.exists() else host_docker.EMPTY
        self.engine.write_text(json.dumps({**before, **state}), encoding="utf-8")

    def run(self, event: str, image: str = NEW, *, passed: str = "0", **files: str) -> subprocess.CompletedProcess[str]:
        """The script at an event, in the folder of a revision and started from another one."""
        archive = self.folder / f"archive-{image[-4:]}"
        archive.mkdir(exist_ok=True)
        own = {"image": image, "container": "orders", "options": "", "url": "", "seconds": "20", **files}
        for name, text in {**own, "deploy.sh": buildspec("deployers/ec2.sh")}.items():
            (archive / name).write_text(text, encoding="utf-8")
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        environment = {"PATH": path, "HOME": str(self.folder), "TMPDIR": str(self.folder), "LIFECYCLE_EVENT": event}
        environment["SECONDS"] = passed
        command = ["bash", str(archive / "deploy.sh")]
        return subprocess.run(
            command, cwd="/", env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def deploy(self, image: str, **files: str) -> subprocess.CompletedProcess[str]:
        """All events up to the first that fails."""
        for event in ("BeforeInstall", "ApplicationStart", "ValidateService"):
            done = self.run(event, image, **files)
            if done.returncode:
                break
        return done


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An instance on which nothing runs."""
    return Instance(tmp_path)


def test_the_container_runs_the_digest(instance: Instance) -> None:
    """With the options of the deployer, each a word, after one that ran before."""
    assert 0 == instance.deploy(OLD).returncode
    done = instance.deploy(NEW, options="--publish=80:8080\n--init\n")
    assert (0, f"orders runs {NEW}\n") == (done.returncode, done.stdout), done.stderr
    assert (NEW, "running") == (instance.container["Config"]["Image"], instance.container["State"]["Status"])
    assert ["--publish=80:8080", "--init"] == instance.container["options"]


def test_the_password_of_the_registry_is_not_kept(instance: Instance) -> None:
    """Docker keeps it in a folder that is deleted after the pull."""
    assert 0 == instance.run("BeforeInstall").returncode
    assert "secret\n" == (instance.folder / "passwords").read_text(encoding="utf-8")
    config = Path((instance.folder / "configs").read_text(encoding="utf-8").strip())
    assert config.parent == instance.folder
    assert not config.exists()


def test_the_old_container_runs_until_the_image_is_pulled(instance: Instance) -> None:
    """A pull that fails changes nothing, and the message names the policy to attach."""
    instance.deploy(OLD)
    (instance.folder / "broken").write_text("manifest unknown", encoding="utf-8")
    done = instance.deploy(NEW)
    assert 1 == done.returncode
    assert "manifest unknown" in done.stderr
    assert "Attach the policy InstancePolicyArn to the role of the instance" in done.stderr
    assert (OLD, "running") == (instance.container["Config"]["Image"], instance.container["State"]["Status"])


def test_a_rollback_needs_no_registry(instance: Instance) -> None:
    """An image that is on the instance is not pulled again."""
    instance.deploy(OLD)
    instance.deploy(NEW)
    (instance.folder / "denied").touch()
    assert 0 == instance.deploy(OLD).returncode
    assert OLD == instance.container["Config"]["Image"]


def test_a_login_that_is_refused_is_reported(instance: Instance) -> None:
    """With the name of the registry."""
    (instance.folder / "denied").touch()
    done = instance.run("BeforeInstall")
    assert (1, True) == (done.returncode, f"no login to {REGISTRY}" in done.stderr)


def test_an_option_that_docker_does_not_know_is_reported(instance: Instance) -> None:
    """The message names the parameter."""
    done = instance.deploy(NEW, options="--no-such-option=1\n")
    assert "unknown flag: --no-such-option=1" in done.stderr
    assert "Check DockerOptions of the deployer" in done.stderr


def test_a_container_that_does_not_stay_up_fails(instance: Instance) -> None:
    """The last lines of its log are in the message."""
    instance.change(sick=[NEW[-64:]])
    done = instance.deploy(NEW)
    assert 1 == done.returncode
    assert f"the last words of {NEW}" in done.stderr
    assert "after 20 seconds orders is restarting, health none, started again 3 times" in done.stderr


def test_a_container_of_another_image_fails(instance: Instance) -> None:
    """Another user has started it: the running container is compared, not the started one."""
    instance.deploy(NEW)
    containers = {"orders": {**instance.container, "Config": {"Image": OLD}}}
    instance.change(containers=containers)
    done = instance.run("ValidateService", NEW)
    assert (1, True) == (done.returncode, f"orders runs {OLD}, not {NEW}" in done.stderr)


@pytest.fixture
def answers() -> Iterator[list[int]]:
    """The port of a service on this machine that answers with these statuses, the last one repeatedly."""
    statuses = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    statuses.insert(0, server.server_port)
    try:
        yield statuses
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("given", "code"), [([503, 200], 0), ([200], 0), ([500], 1)])
def test_an_address_must_answer(instance: Instance, answers: list[int], given: list[int], code: int) -> None:
    """Three times in a row, before the time is up."""
    port = answers.pop(0)
    answers[:] = given
    done = instance.deploy(NEW, url=f"http://localhost:{port}/health", seconds="25")
    assert code == done.returncode, done.stderr
    assert (f"or http://localhost:{port}/health fails" in done.stderr) == bool(code)


def test_an_address_that_hangs_does_not_make_more_time(instance: Instance) -> None:
    """The requests end in time: the agent kills a script after an hour, and its log would be lost."""
    curl = instance.folder / "bin" / "curl"
    curl.write_text('#!/bin/sh\necho reading >>"$HOME/readings"\n/bin/sleep 2\nexit 28\n', encoding="utf-8")
    curl.chmod(0o755)
    # Two seconds of twenty are left: Bash takes what has passed already from its environment.
    done = instance.deploy(NEW, url="http://localhost:1/", seconds="20", passed="18")
    assert 1 == done.returncode
    assert "after 20 seconds orders is running" in done.stderr
    assert 1 == (instance.folder / "readings").read_text(encoding="utf-8").count("reading")


def test_another_event_is_an_error(instance: Instance) -> None:
    """Nothing passes for done that was not."""
    assert 1 == instance.run("AfterInstall").returncode
