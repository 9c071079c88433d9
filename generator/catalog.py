"""Everything that is published: the templates of every blueprint, by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from troposphere import Template

from generator import blueprints
from generator.errors import GeneratorError


def templates() -> dict[str, Callable[[], Template]]:
    """Every published template and what builds it, by name. A blueprint that publishes none is an error."""
    found: dict[str, Callable[[], Template]] = {}
    for module in pkgutil.iter_modules(blueprints.__path__, f"{blueprints.__name__}."):
        published = getattr(importlib.import_module(module.name), "TEMPLATES", None)
        if not published:
            raise TypeError(f"{module.name.replace('.', '/')}.py gives no TEMPLATES")
        if twice := found.keys() & published.keys():
            raise ValueError(f"published twice: {', '.join(sorted(twice))}")
        found |= published
    return dict(sorted(found.items()))


def build(name: str) -> Template:
    """The template of that name, built anew."""
    known = templates()
    if name not in known:
        from generator.suggestion import did_you_mean  # difflib: only who mistypes waits for it

        raise GeneratorError(
            f"There is no template {name!r}{did_you_mean(name, known)}. Templates: {', '.join(known)}."
        )
    return known[name]()
