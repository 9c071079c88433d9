"""Facts for a reader of a trial's page months later: template, version, time, parameters."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from generator import __version__

PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class TrialFacts:
    """The origin of a trial."""

    template: str = ""
    generator: str = ""
    """Version, with the commit where the generator runs from a clone of its repository."""
    tried_at: str = ""
    """Date and time in UTC, to the minute."""
    command: str = ""
    """The command that repeats it."""
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The values of each parameter file."""


def facts(template: str, command: str, parameters: Mapping[str, Mapping[str, str]]) -> TrialFacts:
    """The facts of a trial that takes place now."""
    commit = commit_of(PACKAGE)
    return TrialFacts(
        template=template,
        generator=f"{__version__}, commit {commit}" if commit else __version__,
        tried_at=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        command=command,
        parameters=parameters,
    )


def commit_of(package: Path) -> str:
    """The commit of a package at the top of its own clone, with -dirty if files have changed; "" if there is none.

    An installed package can be in an environment inside the clone of something else.
    """
    git = ["git", "-C", str(package.parent)]
    if not (package.parent / ".git").exists():
        return ""
    try:
        done = subprocess.run(
            [*git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):  # no git here, or a folder on a slow network
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
