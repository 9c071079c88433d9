"""Reports as HTML pages: each fills the same frame, which can be read on a screen, on paper and by a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

NO_FILTERS: Mapping[str, Callable[..., Any]] = {}


def filled_page(
    template: Path, values: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]] = NO_FILTERS
) -> str:
    """The page of a template that extends report_base.html.j2. Every value is escaped: it may come from anybody."""
    environment = Environment(
        loader=FileSystemLoader([template.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    return environment.get_template(template.name).render(values)
