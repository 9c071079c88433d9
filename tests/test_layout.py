"""Written templates can be deployed without a bucket, and read."""

from __future__ import annotations

import pytest

from generator import catalog
from generator.publishing import render
from tests.layout import LIMIT, LIMIT_OF_A_PIPELINE, LONGEST_TEXT, WIDTH, too_large, too_wide


@pytest.mark.parametrize("name", sorted(catalog.templates()))
def test_a_template_fits_into_a_request(name: str) -> None:
    """At most 51,200 bytes, which CloudFormation takes without a bucket; a pipeline on a platform at most 45,000."""
    assert [] == list(too_large(name, render.to_json(catalog.build(name))))


@pytest.mark.parametrize("name", sorted(catalog.templates()))
def test_lines_can_be_read(name: str) -> None:
    """No line is wider than 120 columns, unless it holds a single text; no text is longer than a reviewer reads."""
    assert [] == list(too_wide(name, render.to_json(catalog.build(name))))


def test_a_large_template_is_noticed() -> None:
    """One byte more than the limit, which is lower for a pipeline on a platform; other characters count in bytes."""
    assert [] == list(too_large("standalone", "x" * LIMIT))
    assert ["standalone has 51,201 bytes, at most 51,200 are allowed"] == list(too_large("standalone", "x" * 51_201))
    assert 1 == len(list(too_large("pipeline-ecs", "x" * (LIMIT_OF_A_PIPELINE + 1))))
    assert 1 == len(list(too_large("network", "é" * (LIMIT // 2 + 1))))


@pytest.mark.parametrize(
    ("line", "complaints"),
    [
        ('"Key":"' + "x" * WIDTH + '"', 0),
        ('"Name":"' + "x" * WIDTH + '","Other":"y"', 1),
        ('{"Ref":"' + "x" * 60 + '"},{"Ref":"' + "y" * 60 + '"}', 1),
        ('"Description":"says \\"' + "x" * WIDTH + '\\" aloud"', 0),
        ('"DefinitionString":"' + "x" * LONGEST_TEXT + 'x"', 1),
        ('"AllowedPattern":"' + "x" * LONGEST_TEXT + 'x"', 0),
        ('"Short":"x","Other":"y"', 0),
    ],
)
def test_a_wide_line_is_noticed(line: str, complaints: int) -> None:
    """Several texts on a wide line, and one that is too long; a pattern has no limit."""
    assert complaints == len(list(too_wide("network", line)))
