"""How large a template may be."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.subject import Subject
from generator.findings import Finding
from generator.render import LIMIT


def check(subject: Subject) -> Iterator[Finding]:
    """A template that `aws cloudformation deploy` would not take without a bucket."""
    size = len(subject.text.encode())
    if size > LIMIT:
        message = f"given {size:,} bytes, allowed: {LIMIT:,}; deploying would need a bucket"
        yield Finding(path=str(subject.path), message=message, check="size")
