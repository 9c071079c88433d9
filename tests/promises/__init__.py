"""What every published template promises. Each promise looks at one rendered template and yields its complaints.

A new module of promises is found by itself, and a promise without a test that breaks it turns test_promises.py red.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

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
