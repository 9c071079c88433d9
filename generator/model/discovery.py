"""Discovery of plug-ins: the modules of a package. A new module is found without being registered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")


def given(package: ModuleType, attribute: str, kind: type[T]) -> Iterator[T]:
    """The attribute of every module of the package, in the order of the modules' names.

    A module without it is an error: a misspelt name must not silently remove a feature.
    """
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        value = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), attribute, None)
        if not isinstance(value, kind):
            file = f"{package.__name__.replace('.', '/')}/{module.name}.py"
            raise TypeError(f"{file} gives no {attribute}: every module of this folder must, as a {kind.__name__}")
        yield value


def merged(package: ModuleType, attribute: str) -> dict[Any, Any]:
    """The dicts of every module of the package as one. A duplicate key is an error."""
    found: dict[Any, Any] = {}
    for part in given(package, attribute, dict):
        if twice := found.keys() & part.keys():
            raise ValueError(f"{package.__name__.replace('.', '/')} gives twice: {', '.join(sorted(map(str, twice)))}")
        found |= part
    return found
