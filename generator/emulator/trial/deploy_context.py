"""The place where stacks are made."""

from __future__ import annotations

from collections.abc import Callable
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
