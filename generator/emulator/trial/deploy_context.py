"""The environment in which stacks are created."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.git_server import GitServer
from generator.emulator.runs.git import Git

Progress = Callable[[str], None]


class DeployContext(NamedTuple):
    """An emulated AWS, and its resources on this machine."""

    cloud: Emulator
    clusters: Path
    """A folder for simulated Kubernetes clusters."""
    git: Git
    """The authorized connections."""
    repositories: GitServer
    """The Git repositories behind them."""
    progress: Progress


def nothing(_site: DeployContext, _stage: str, _outputs: Mapping[str, str]) -> None:
    """Do nothing, because most deployers need no further steps."""


def nowhere(_site: DeployContext) -> Iterable[str]:
    """Return nothing, because a service of AWS reports what runs."""
    return ()


class Destination(NamedTuple):
    """The destination of a deployer."""

    make: Callable[[DeployContext, str, Mapping[str, str]], dict[str, str]]
    """Creates it for a stage, given the parameters of the pipeline. Returns the deployer's parameters."""
    finish: Callable[[DeployContext, str, Mapping[str, str]], None] = nothing
    """Does the manual steps after the deployer's stack, given its outputs."""
    running: Callable[[DeployContext], Iterable[str]] = nowhere
    """The images that were deployed, a line for each place, if no service of AWS reports them."""
    programs: Mapping[str, str] = {}
    """Programs that this machine must have, each with its use."""
