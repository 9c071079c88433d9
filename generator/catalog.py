"""Everything that is published: the templates of every blueprint, by name."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator import blueprints
from generator.errors import GeneratorError
from generator.model.discovery import merged


def templates() -> dict[str, Callable[[], Template]]:
    """Every published template and what builds it, by name. A name that is published twice is an error."""
    return dict(sorted(merged(blueprints, "TEMPLATES").items()))


def build(name: str) -> Template:
    """The template of that name, built anew."""
    known = templates()
    if name not in known:
        from generator.suggestion import did_you_mean  # difflib: only who mistypes waits for it

        raise GeneratorError(
            f"There is no template {name!r}{did_you_mean(name, known)}. Templates: {', '.join(known)}."
        )
    return known[name]()
