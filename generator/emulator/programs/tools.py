"""The programs for builds, in addition to those of this machine: `aws`, `docker`, `jq`, `kubectl`, `sleep`."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.programs.registry import Registry

KUBERNETES, LIBJQ = (str(Path(__file__).with_name(f"{name}.py")) for name in ("kubernetes", "libjq"))
WAIT = "0.2"
"""The time that `sleep` takes, in seconds: here a scan is complete at once."""
ATTEMPTS = "2"
"""The number of attempts of the AWS CLI: a call that fails here twice always fails."""


class Tools(NamedTuple):
    """The programs of builds."""

    path: str
    """The search path."""
    said: tuple[str, ...]
    """The replaced programs, and their differences from AWS."""


@contextmanager
def tools(registry: Registry, *, git: str, clusters: Path, patience: float) -> Iterator[Tools]:
    """The search path with the programs first, until the block ends.

    `git` is the text of that program, "" for the one of this machine; `clusters` is the folder of pretended clusters of
    Kubernetes; `patience` for how many seconds the AWS CLI waits for an answer.
    """
    aws = f"{shlex.quote(aws_cli())} --cli-read-timeout {patience:g}"
    sleep = shutil.which("sleep") or "sleep"
    programs = {
        "aws": f'#!/bin/sh\nAWS_MAX_ATTEMPTS={ATTEMPTS} exec {aws} "$@"\n',
        "docker": registry.program,
        "kubectl": _in_front_of(clusters),
        "sleep": f"#!/bin/sh\nexec {shlex.quote(sleep)} {WAIT}\n",
    }
    if git:
        programs["git"] = git
    said = [
        registry.said,
        *(["kubectl is a stand-in"] if any(clusters.iterdir()) else ()),
        f"`sleep` in a build lasts {WAIT} seconds, and the AWS CLI tries a call {ATTEMPTS} times",
    ]
    if shutil.which("jq") is None:
        programs["jq"] = f'#!/bin/sh\nexec {shlex.join([sys.executable, "-I", LIBJQ])} "$@"\n'
        said.append("jq is not installed: its Python binding is used instead")
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-tools-") as folder:
        for name, text in programs.items():
            file = Path(folder, name)
            file.write_text(text, encoding="utf-8")
            file.chmod(0o755)
        yield Tools(os.pathsep.join([folder, os.environ.get("PATH", os.defpath)]), tuple(said))


def _in_front_of(clusters: Path) -> str:
    """The text of the program `kubectl`."""
    settings = f"STANDIN_STATE={shlex.quote(str(clusters))} STANDIN_LOG={shlex.quote(str(clusters / 'log'))}"
    return f'#!/bin/sh\n{settings} exec {shlex.join([sys.executable, "-I", KUBERNETES])} kubectl "$@"\n'
