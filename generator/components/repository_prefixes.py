"""Prefixes of repository names, for replication and registry policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from troposphere import Equals, If, Join, Not, NoValue, Select, Split, Template

from generator.components.source import NAME, NO_HOST
from generator.model.parameters import EACH_ONCE, add_condition, add_parameter

T = TypeVar("T")
MOST = 3
# With the slash at its end a prefix is a namespace: team/ is not the beginning of teamwork/orders.
PREFIX = f"{NAME}(/{NAME})*/"


class Prefixes(NamedTuple):
    """Prefixes with the conditions under which they were entered; the first one always is."""

    values: tuple[Select, ...]
    conditions: tuple[str, ...]

    def each(self, use: Callable[[Select], T]) -> list[T | If]:
        """The result of `use` for each prefix that was entered."""
        first, *others = self.values
        return [use(first), *(If(c, use(value), NoValue) for value, c in zip(others, self.conditions, strict=True))]


def add_prefixes(template: Template, group: str, what: str) -> Prefixes:
    """The parameter for up to three prefixes. `what` begins its description."""
    given = add_parameter(
        template,
        "RepositoryPrefixes",
        group=group,
        label="Prefixes of repositories",
        description=f"{what}: up to {MOST} prefixes such as team/, separated by commas.",
        AllowedPattern=rf"^{EACH_ONCE}{NO_HOST}{PREFIX}(,{PREFIX}){{0,{MOST - 1}}}$",
        MaxLength=256,
        ConstraintDescription="Enter up to three prefixes that end with a slash, such as team/, separated by commas.",
    )
    # With commas behind it the list always has enough members, the last ones empty.
    padded = Split(",", Join(",", [given, *[""] * (MOST - 1)]))
    values = tuple(Select(number, padded) for number in range(MOST))
    return Prefixes(
        values,
        tuple(
            add_condition(template, f"HasPrefix{number}", Not(Equals(value, "")))
            for number, value in enumerate(values[1:], 2)
        ),
    )
