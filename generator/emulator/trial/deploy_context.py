"""The place where stacks are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generator.emulator.front.cloud import Emulator

Progress = Callable[[str], None]


class DeployContext(NamedTuple):
    """An emulated AWS, and what belongs to it on this machine."""

    cloud: Emulator
    clusters: Path
    """A folder for pretended clusters of Kubernetes."""
    progress: Progress
