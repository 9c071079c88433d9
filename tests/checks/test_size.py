"""How large a template may be."""

from __future__ import annotations

from pathlib import Path

from generator.checks import size
from generator.checks.subject import Subject


def test_a_template_may_be_as_large_as_a_request_carries() -> None:
    """51,200 bytes are taken."""
    assert [] == list(size.check(Subject("demo", Path("demo.json"), "x" * 51_200)))


def test_a_larger_template_is_a_finding() -> None:
    """Bytes count, not characters."""
    (finding,) = size.check(Subject("demo", Path("demo.json"), "x" * 51_199 + "é"))
    assert "demo.json: given 51,201 bytes, allowed: 51,200; a larger template requires an S3 bucket [size]" == str(
        finding
    )
