"""Lists that a Rule keeps apart."""

from __future__ import annotations

import pytest

from generator.cloudformation.distinct_lists import shared_members
from generator.model.parameters import EACH_ONCE
from tests.conftest import RENDERED

BODY = RENDERED["pipeline-ecs"]


def _found(staging: str | None, production: str | None) -> list[tuple[str, str]]:
    return list(shared_members(BODY, {"StagingService": staging, "ProductionService": production}))


@pytest.mark.parametrize(
    ("staging", "production", "members"),
    [
        ("a/b,a/c", "a/c,a/b", "a/b, a/c"),
        ("a/b,a/c", "p/x,a/c", "a/c"),
        ("a/b", "p/x,a/b,p/y", "a/b"),
    ],
)
def test_a_member_of_both_is_found(staging: str, production: str, members: str) -> None:
    """In any order and at any place, with the rule that keeps the lists apart."""
    message = f"StagingService and ProductionService have {members} in common, allowed: in one of them only"
    assert [("StagesDiffer", message)] == _found(staging, production)


@pytest.mark.parametrize(
    ("staging", "production"),
    [
        ("a/b,a/c", "p/b,p/c"),
        ("a/b", "a/bc"),
        ("a/b", "none"),
        ("a/b,a/c", "a/b,a/c"),  # breaks the rule itself
        ("none", "none"),
        (None, "a/b"),
        ("a/b", None),
    ],
)
def test_what_is_apart_or_found_already_or_not_known_is_no_problem(staging: str | None, production: str | None) -> None:
    """A name that only begins with another one is another name."""
    assert [] == _found(staging, production)


def test_only_lists_have_members() -> None:
    """Other values may have commas that separate nothing."""
    plain = {name: {"Type": "String", "AllowedPattern": ".*"} for name in ("StagingService", "ProductionService")}
    values: dict[str, str | list[str] | None] = {"StagingService": "a,b", "ProductionService": "b"}
    assert [] == list(shared_members({**BODY, "Parameters": plain}, values))


def test_pipelines_with_lists_keep_them_apart() -> None:
    """The machinery is used: the pipeline whose stages are lists is one of those that are examined."""
    assert ["pipeline-ecs"] == [name for name in RENDERED if _is_list(name, "StagingService")]
    same: dict[str, str | list[str] | None] = {"StagingService": "x,y", "ProductionService": "y,z"}
    assert ["StagesDiffer"] == [rule for rule, _ in shared_members(RENDERED["pipeline-ecs"], same)]


def _is_list(template: str, parameter: str) -> bool:
    return EACH_ONCE in RENDERED[template].get("Parameters", {}).get(parameter, {}).get("AllowedPattern", "")
