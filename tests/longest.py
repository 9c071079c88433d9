"""The longest values of parameters."""

from __future__ import annotations

from generator.cloudformation.parameter_types import text
from tests.rendered import Rendered
from tests.samples import widest


def longest(declaration: Rendered) -> str | None:
    """A value as long as the longest that the parameter takes; None if that has no limit.

    A list of values has its longest one; of a pattern only the length counts, so the value need not match it.
    """
    if "AllowedValues" in declaration:
        return max(map(text, declaration["AllowedValues"]), key=len)
    if declaration["Type"] == "Number":
        return text(declaration["MaxValue"])
    limits = [int(declaration["MaxLength"])] if "MaxLength" in declaration else []
    if (most := widest(declaration.get("AllowedPattern", ".*"))) is not None:
        limits.append(most)
    return "a" * min(limits) if limits else None
