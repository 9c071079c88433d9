"""A proof as one HTML page for an issue or a reviewer: it needs no network, no script and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.publishing.html_pages import filled_page

_TEMPLATE = Path(__file__).with_name("proof_page.html.j2")


def page(document: Mapping[str, Any]) -> str:
    """The page of a document. All text from AWS is escaped."""
    areas: dict[str, list[Any]] = {}
    for each in document["checks"]:
        areas.setdefault(each["area"], []).append(each)
    return filled_page(_TEMPLATE, {"document": document, "areas": areas})
