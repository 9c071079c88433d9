"""Promises of every published template. Each promise examines one rendered template and yields its complaints.

A new module of promises is found by itself, and a promise without a test that breaks it turns test_promises.py red.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

from generator.cloudformation.conditional_parts import chosen

Rendered = dict[str, Any]
Promise = Callable[[Rendered], Iterator[str]]


def promises() -> dict[str, Promise]:
    """Every public generator function of every module of this package, by name."""
    found: dict[str, Promise] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for name, member in vars(importlib.import_module(module.name)).items():
            if callable(member) and getattr(member, "__module__", "") == module.name and not name.startswith("_"):
                found[name] = member
    return found


def complaints(promise: Promise, template: Rendered) -> list[str]:
    """The complaints of the promise about a rendered template."""
    return list(promise(shown(promise, template)))


def shown_in_turn(template: Rendered) -> Callable[[Promise], Rendered]:
    """`shown` for one promise after the other: the whole is made once."""
    whole = chosen(template)
    return lambda promise: template if hasattr(promise, "with_conditions") else whole


def shown(promise: Promise, template: Rendered) -> Rendered:
    """The template for the promise: complete, with everything that conditions can leave out without breaking it.

    A promise that decides conditions by itself gets the template with them (tests/playing.py).
    """
    return template if hasattr(promise, "with_conditions") else chosen(template)
