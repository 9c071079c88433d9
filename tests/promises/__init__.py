"""What every published template promises. Each promise looks at one rendered template and yields its complaints.

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
    """What the promise has to say of a rendered template."""
    return list(promise(shown(promise, template)))


def shown_in_turn(template: Rendered) -> Callable[[Promise], Rendered]:
    """`shown` for one promise after the other: the whole is made once."""
    whole = chosen(template)
    return lambda promise: template if hasattr(promise, "with_conditions") else whole


def shown(promise: Promise, template: Rendered) -> Rendered:
    """What the promise looks at: the whole, with all that conditions can leave out, which breaks nothing if it is.

    A promise that decides conditions by itself gets the template with them (tests/playing.py).
    """
    return template if hasattr(promise, "with_conditions") else chosen(template)
