"""Everything that is published: the templates of every blueprint, by name."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator import blueprints
from generator.discovery import given
from generator.errors import GeneratorError


def templates() -> dict[str, Callable[[], Template]]:
    """Every published template and what builds it, by name. A name that is published twice is an error."""
    found: dict[str, Callable[[], Template]] = {}
    for published in given(blueprints, "TEMPLATES", dict):
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
