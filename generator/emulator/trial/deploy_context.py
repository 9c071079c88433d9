"""The place where stacks are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.git_server import GitServer
from generator.emulator.runs.git import Git

Progress = Callable[[str], None]


class DeployContext(NamedTuple):
    """An emulated AWS, and what belongs to it on this machine."""

    cloud: Emulator
    clusters: Path
    """A folder for pretended clusters of Kubernetes."""
    git: Git
    """The connections that somebody has authorized."""
    repositories: GitServer
    """The Git repositories behind them."""
    progress: Progress


def nothing(_site: DeployContext, _stage: str, _outputs: Mapping[str, str]) -> None:
    """What most deployers leave to do."""


class Destination(NamedTuple):
    """What a deployer deploys to."""

    make: Callable[[DeployContext, str, Mapping[str, str]], dict[str, str]]
    """Makes it for a stage, given the parameters of the pipeline: the deployer's parameters."""
    finish: Callable[[DeployContext, str, Mapping[str, str]], None] = nothing
    """Does what people do once the deployer is there, given its outputs."""
