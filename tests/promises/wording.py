"""Promises to the reader: the texts of a template are plain English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.rendered import Rendered
from tests.wording import stumbling_blocks


def texts_are_plain_english(template: Rendered) -> Iterator[str]:
    """No description, label, message or script uses a phrase of tests/wording.py."""
    for where, text in _texts(template, ()):
        for found in stumbling_blocks(text):
            yield f"{'.'.join(where)} says {found}: {text}"


def _texts(value: Any, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case str():
            yield where, value
        case dict():
            for key, item in value.items():
                yield from _texts(item, (*where, key))
        case list():
            for item in value:
                yield from _texts(item, where)
