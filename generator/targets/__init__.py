"""The ways to deploy. Each module of this package is one, and gives its TARGET."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from troposphere import Template

from generator.components.build import BuildEnvironment
from generator.components.inspection import Inspection
from generator.components.source import Source
from generator.components.topic import Topic
from generator.discovery import given
from generator.stages import Stage


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the stages of a target can stand on."""

    source: Source
    inspection: Inspection
    environment: BuildEnvironment
    topic: Topic


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A target in one template: what its stages share has been added.

    `add` makes one stage, under the stage's name. `contracts` are variables that make Inspect write the files that the
    stages read.
    """

    add: Callable[[Template, str, Ground], Stage]
    contracts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A way to deploy the inspected image: its template is pipeline-<name>."""

    name: str
    summary: str
    prepare: Callable[[Template], Deployment]
    before_approval: tuple[str, ...] = ("Staging",)
    after_approval: tuple[str, ...] = ("Production",)


def targets() -> tuple[Target, ...]:
    """Every target. Two of one name are an error: the second would take the place of the first."""
    found = tuple(given(sys.modules[__name__], "TARGET", Target))
    names = [target.name for target in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two targets are called {', '.join(sorted(twice))}")
    return found
