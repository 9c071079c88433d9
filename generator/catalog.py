"""Everything that is published: the templates of every blueprint, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from troposphere import Template

from generator import blueprints
from generator.errors import WrongUsageError
from generator.model.discovery import merged

TAG_PARAMETER = "ImageTagPattern"
"""The parameter of such a pipeline for the tags that start it."""


def templates() -> dict[str, Callable[[], Template]]:
    """Every published template and the function that builds it, by name. A duplicate name is an error."""
    return dict(sorted(merged(blueprints, "TEMPLATES").items()))


def build(name: str) -> Template:
    """A newly built template of that name. WrongUsageError if there is none."""
    known = templates()
    if name not in known:
        from generator.suggestion import did_you_mean  # it imports difflib, which only a mistyped name needs

        hint = did_you_mean(name, known)
        others = "" if hint else f" Templates: {', '.join(known)}."
        raise WrongUsageError(f"There is no template {name!r}{hint}.{others}")
    return known[name]()


@cache
def with_parameter(parameter: str) -> tuple[str, ...]:
    """The names of the templates that have a parameter of this name."""
    return tuple(name for name, template in templates().items() if parameter in template().parameters)


def image_pipelines() -> list[str]:
    """The names of the templates with a pipeline that an image starts: the ones that `try` accepts."""
    return [name for name, template in templates().items() if TAG_PARAMETER in template().parameters]
