"""Machines that build images: a stand-in for buildx adds what `docker` of the emulator lacks."""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from generator.emulator.programs.images import Image
from generator.emulator.runs.action import RunContext
from generator.emulator.trial.account import Account
from tests.machine import STANDINS, executable

BASE = "public.ecr.aws/docker/library/python:3.14"
DOCKERFILE = f'FROM {BASE} AS app\nCOPY . /app\nFROM app AS test\nCMD ["pytest"]\nFROM app\n'.encode()


def with_buildx(here: Account, folder: Path, images: Mapping[str, Image]) -> RunContext:
    """The account's world, in which builds of an architecture (amd64) make the image that is named for it.

    A build without an architecture has the emulator's own `docker`.
    """
    folder.mkdir()
    [login] = here.cloud.inside("ecr").get_authorization_token()["authorizationData"]
    password = base64.b64decode(login["authorizationToken"]).decode().partition(":")[2]
    for architecture, image in images.items():
        state = {
            "host": login["proxyEndpoint"].removeprefix("https://"),
            "password": password,
            "refusals": {},
            "bases": [BASE],
            "tools": {},
            "platform": f"linux/{architecture}",
            "wrong": {},
            "tests": {"writes": {"junit.xml": "<testsuite/>"}},
            "local": {},
            "builder": "",
            "packages": here.packages,
            "made": {
                "manifest": image.manifest.decode(),
                "media_type": image.media_type,
                "blobs": {digest: base64.b64encode(blob).decode() for digest, blob in image.blobs.items()},
            },
        }
        (folder / f"{architecture}.json").write_text(json.dumps(state), encoding="utf-8")
    own = shutil.which("docker", path=here.world.tools.path) or "docker"
    there = shlex.quote(str(folder))
    script = f"""
[ "$ARCHITECTURE" ] || exec {shlex.quote(own)} "$@"
export STANDIN_STATE={there}/$ARCHITECTURE.json STANDIN_LOG={there}/$ARCHITECTURE.log
exec {shlex.quote(sys.executable)} {shlex.quote(str(STANDINS / "engine.py"))} docker "$@\""""
    executable(folder / "docker", script)
    path = f"{folder}{os.pathsep}{here.world.tools.path}"
    return replace(here.world, tools=here.world.tools._replace(path=path))
