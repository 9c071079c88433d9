"""The ways to deploy. Each module of this package is one, and gives its TARGET."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from troposphere import Template

from generator.components.build import BuildEnvironment
from generator.components.inspection import Inspection
from generator.components.network import Network, add_given_network
from generator.components.places import Place, Where
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

    `add` makes one stage. `contracts` are variables that make Inspect write the files that the stages read.
    """

    add: Callable[[Template, Place, Ground], Stage]
    contracts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A way to deploy the inspected image: its template is pipeline-<name>. Before the last stage a person is asked.

    `where` is the parameter of each stage that says where it deploys; without it there is one stage, and it is there.
    `deployer` is the template deployer-<name>: what one stage needs where it deploys to.
    `network` is where its builds run: with 51,200 bytes for all, a template that deploys brings no endpoints.
    """

    name: str
    summary: str
    prepare: Callable[[Template, Sequence[Place], BuildEnvironment], Deployment]
    where: Where | None = None
    network: Callable[[Template], Network] = add_given_network
    deployer: Callable[[], Template] | None = None
    stages: tuple[str, ...] = ("Staging", "Production")


def targets() -> tuple[Target, ...]:
    """Every target. Two of one name are an error: the second would take the place of the first."""
    found = tuple(given(sys.modules[__name__], "TARGET", Target))
    names = [target.name for target in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two targets are called {', '.join(sorted(twice))}")
    return found
