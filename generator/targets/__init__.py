"""The ways to deploy. Each module of this package is one, and gives its TARGET."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from troposphere import Template

from generator.components.build import BuildEnvironment
from generator.components.inspection import Inspection
from generator.stages import Stage


@dataclass(frozen=True, kw_only=True)
class Target:
    """A way to deploy the inspected image.

    `add` makes one stage of it, under the stage's name. `contracts` adds what all its stages share, and gives the
    variables that make Inspect write the files that they read.
    """

    name: str
    summary: str
    add: Callable[[Template, str, Inspection, BuildEnvironment], Stage]
    contracts: Callable[[Template], Mapping[str, object]] = lambda _template: {}
    before_approval: tuple[str, ...] = ("Staging",)
    after_approval: tuple[str, ...] = ("Production",)


def targets() -> tuple[Target, ...]:
    """Every target, by name. A module without a TARGET is an error: a misspelt name must not take a feature away."""
    found = []
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        target = getattr(importlib.import_module(module.name), "TARGET", None)
        if not isinstance(target, Target):
            raise TypeError(f"{module.name.replace('.', '/')}.py gives no TARGET")
        found.append(target)
    return tuple(sorted(found, key=lambda target: target.name))
