"""The ways to deploy. Each module of this package is one, and has a TARGET."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from troposphere import Template

from generator.components.encryption import Key
from generator.components.inspection import Inspection
from generator.components.record import Recorder
from generator.components.source import Source
from generator.components.stage_parameters import Place, Where
from generator.components.topic import Topic
from generator.model.discovery import given
from generator.model.grants import Grant
from generator.model.owner import Owner
from generator.model.stages import Stage


@dataclass(frozen=True, kw_only=True)
class Base:
    """The context in which the common parts of a target's stages are created: the pipeline's name, and its key."""

    owner: Owner
    key: Key


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The context in which the stages of a target are created."""

    source: Source
    inspection: Inspection
    topic: Topic
    recorder: Recorder


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A target in one template, with the common parts of its stages.

    `add` makes one stage. `contracts` are variables, as Fn::Sub reads their values, that make Inspect write the files
    which the stages read. CONTRACTS in inspection.py lists those that a pipeline may set. `code` names files of
    generator/functions that the Recorder gets with its own, because a template has no room for a second function with a
    role and a log group; its role gets `grants` for them, and its environment `variables`.
    """

    add: Callable[[Template, Place, Ground], Stage]
    contracts: Mapping[str, str] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A way to deploy the inspected image: its template is pipeline-<name>. A person approves before the last stage.

    `where` is the parameter of each stage for its destination; without it there is one stage, which always exists.
    `deployer` is the template deployer-<name> with the resources of one stage at its destination.
    """

    name: str
    summary: str
    prepare: Callable[[Template, Sequence[Place], Base], Deployment]
    where: Where | None = None
    deployer: Callable[[], Template] | None = None
    stages: tuple[str, ...] = ("Staging", "Production")


def targets() -> tuple[Target, ...]:
    """Every target. Two of the same name are an error, because the second would replace the first."""
    found = tuple(given(sys.modules[__name__], "TARGET", Target))
    names = [target.name for target in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two targets are called {', '.join(sorted(twice))}")
    return found
