"""`docker` on an instance, as a separate program: `host_docker.py STATE DOCKER ARGUMENT...`.

The program DOCKER, which is that of builds, logs in and pulls, with ECR's permissions. This file simulates containers:
STATE is a JSON file with the images and containers of the instance. An image whose digest is in `sick` does not stay
up. Commands that the scripts of this project do not use are refused.

It imports nothing of this package, because it is run by its path, once for each command.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

EMPTY: dict[str, Any] = {"images": [], "containers": {}, "sick": []}
# Options of `docker run`: those of NAMED have their value as next word. The others are taken as they are, if there is
# such an option. https://docs.docker.com/reference/cli/docker/container/run/
NAMED, FLAGS = ("--name", "--restart"), ("--detach",)
OTHERS = (
    *("add-host", "cap-add", "cap-drop", "cpus", "device", "dns", "entrypoint", "env", "env-file", "health-cmd"),
    *("health-interval", "hostname", "init", "ipc", "label", "log-driver", "log-opt", "memory", "mount", "network"),
    *("pid", "privileged", "publish", "read-only", "security-opt", "shm-size", "stop-timeout", "tmpfs", "ulimit"),
    *("user", "volume", "workdir"),
)
FIELD = re.compile(r"\{\{(\.[A-Za-z.]+)\}\}")
HEALTH = "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}"


def stop(code: int, message: str) -> NoReturn:
    """Complain and end, like the command."""
    sys.stderr.write(f"{message}\n")
    sys.exit(code)


def identity(reference: str) -> str:
    """The id of an image. It should be the digest of its configuration, which is not read here."""
    return f"sha256:{hashlib.sha256(reference.encode()).hexdigest()}"


def pull(state: dict[str, Any], docker: str, words: list[str]) -> None:
    """Let the program of builds pull, and remember the image."""
    done = subprocess.run([docker, "pull", *words], check=False)
    if done.returncode:
        sys.exit(done.returncode)
    state["images"] = sorted({*state["images"], words[-1]})


def run(state: dict[str, Any], words: list[str]) -> None:
    """Start a container: `run --detach --name NAME --restart POLICY [OPTION=VALUE...] IMAGE`."""
    given: dict[str, str] = {}
    options: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("--"):
        word = rest.pop(0)
        if word in NAMED:
            given[word] = rest.pop(0)
        elif word not in FLAGS:
            options.append(word)
    if len(rest) != 1 or given.keys() != set(NAMED):
        stop(125, f"not pretended here: docker run {' '.join(words)}")
    [image], name = rest, given["--name"]
    if name in state["containers"]:
        stop(125, f'docker: Error response from daemon: Conflict. The container name "/{name}" is already in use.')
    if image not in state["images"]:
        stop(125, f"Unable to find image '{image}' locally")
    if unknown := [option for option in options if option.removeprefix("--").partition("=")[0] not in OTHERS]:
        stop(125, f"unknown flag: {unknown[0]}")
    is_sick = any(digest in image for digest in state["sick"])
    state["containers"][name] = {
        "Image": identity(image),
        "Config": {"Image": image},
        "State": {"Status": "restarting" if is_sick else "running"},
        "RestartCount": 3 if is_sick else 0,
        "options": options,
    }
    sys.stdout.write(f"{hashlib.sha256(name.encode()).hexdigest()}\n")


def container(state: dict[str, Any], words: list[str]) -> None:
    """`container inspect [--format TEMPLATE] NAME`, `stop`, `rm`, `logs --tail LINES`."""
    command, *options, name = words
    if command not in ("inspect", "logs", "rm", "stop"):
        stop(125, f"not pretended here: docker container {' '.join(words)}")
    if name not in state["containers"]:
        stop(1, f"Error response from daemon: No such container: {name}")
    found = state["containers"][name]
    if command == "inspect":
        sys.stdout.write(f"{formatted(found, options)}\n")
    elif command == "stop":
        found["State"]["Status"] = "exited"
    elif command == "rm":
        if found["State"]["Status"] != "exited":
            stop(1, f'Error response from daemon: cannot remove container "{name}": container is running')
        del state["containers"][name]
    else:
        sys.stdout.write(f"the last words of {found['Config']['Image']}\n")


def image_inspect(state: dict[str, Any], words: list[str]) -> None:
    """`image inspect [--format TEMPLATE] REFERENCE` for an image that was pulled."""
    *options, reference = words
    if reference not in state["images"]:
        stop(1, f"Error response from daemon: No such image: {reference}")
    sys.stdout.write(f"{formatted({'Id': identity(reference)}, options)}\n")


def formatted(found: dict[str, Any], options: list[str]) -> str:
    """The output of a Go template: of those that are fields, and of the one for the health."""
    if not options:
        return json.dumps([found], indent=4)
    if len(options) != 2 or options[0] != "--format":
        stop(125, f"not pretended here: inspect {' '.join(options)}")
    text = FIELD.sub(lambda match: field(found, match[1]), options[1].replace(HEALTH, "none"))
    return text if "{{" not in text else stop(64, f"template parsing error: {text}")


def field(found: Any, path: str) -> str:
    """The value at a path such as .State.Status."""
    for name in path.strip(".").split("."):
        if name not in found:
            stop(1, f'template: :1:2: executing "" at <{path}>: map has no entry for key "{name}"')
        found = found[name]
    return str(found)


def main(arguments: list[str]) -> None:
    """Act like the Docker CLI, and save the state of the instance."""
    file, docker, *words = arguments
    path = Path(file)
    state = json.loads(path.read_text(encoding="utf-8")) if path.exists() else dict(EMPTY)
    if words[:1] == ["login"]:
        sys.exit(subprocess.run([docker, *words], check=False).returncode)
    elif words[:1] == ["pull"]:
        pull(state, docker, words[1:])
    elif words[:2] == ["image", "inspect"]:
        image_inspect(state, words[2:])
    elif words[:1] == ["run"]:
        run(state, words[1:])
    elif words[:1] == ["container"]:
        container(state, words[1:])
    else:
        stop(125, f"not pretended here: docker {' '.join(words)}")
    path.write_text(json.dumps(state), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
