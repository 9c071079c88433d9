"""Event patterns in words: nothing that decides is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from generator.cli import cli
from generator.prose import plain
from generator.publishing.event_pattern_words import pattern_lines
from tests.conftest import RENDERED

PATTERNS = [
    (name, title, resource["Properties"]["EventPattern"])
    for name, body in RENDERED.items()
    for title, resource in body["Resources"].items()
    if "EventPattern" in resource.get("Properties", {})
]


def _said(node: Any) -> Iterator[str]:
    """Every key and value of a pattern."""
    if isinstance(node, dict) and not next(iter(node), "").startswith(("Ref", "Fn::")):
        for key, value in node.items():
            yield from [key] if key != "$or" else []
            yield from _said(value)
    elif isinstance(node, list):
        for item in node:
            yield from _said(item)
    else:
        yield plain(node)


@pytest.mark.parametrize(("name", "title", "pattern"), PATTERNS, ids=[f"{name}-{title}" for name, title, _ in PATTERNS])
def test_every_field_of_every_published_pattern_is_shown(name: str, title: str, pattern: dict[str, Any]) -> None:
    """By `explain` too, in a program's form."""
    text = " ".join(pattern_lines(pattern))
    assert [] == [each for each in _said(pattern) if each not in text]
    found = json.loads(CliRunner().invoke(cli, ["explain", name, title, "--json"]).stdout)
    assert len(list(pattern_lines(pattern))) == len(found["matches"])


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ({"source": ["a", "b"]}, ["source: `a` or `b`"]),
        ({"detail": {"x": [{"prefix": "v"}, {"exists": False}]}}, ["detail.x: `prefix v` or `exists false`"]),
        ({"detail": {"x": [{"Ref": "Name"}], "y": ["1"]}}, ["detail.x: `${Name}`", "detail.y: `1`"]),
        ({"detail": {"x": {"Fn::Split": [",", {"Ref": "Ids"}]}}}, ["detail.x: `${Ids}`"]),
        (
            {"detail": {"$or": [{"x": ["1"]}, {"x": ["2"], "y": ["3"]}]}},
            ["(detail.x: `1`) or (detail.x: `2` and detail.y: `3`)"],
        ),
        ({"detail": {"x": [{"anything-but": {"prefix": "v"}}]}}, ['detail.x: `anything-but {"prefix": "v"}`']),
    ],
)
def test_a_pattern_has_a_line_for_each_field(pattern: dict[str, Any], lines: list[str]) -> None:
    """Values of one field are alternatives, and so are those of $or; everything else must hold together."""
    assert lines == list(pattern_lines(pattern))
