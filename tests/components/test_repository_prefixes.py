"""Prefixes of repositories."""

from __future__ import annotations

import re

import pytest
from troposphere import Template

from generator.components.repository_prefixes import add_prefixes
from generator.publishing import render

add_prefixes(TEMPLATE := Template(), "Replicas", "Images below them are received")
PATTERN = re.compile(render.to_dict(TEMPLATE)["Parameters"]["RepositoryPrefixes"]["AllowedPattern"])


@pytest.mark.parametrize("typed", ["team/", "team/,base/", "a.b/c_d/e-f/", "team/,base/,platform/images/"])
def test_prefixes_end_with_a_slash(typed: str) -> None:
    """Each is a namespace of repositories."""
    assert PATTERN.fullmatch(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "team", "team/*", "team/,", "team/,team/", "Team/", "/", "team//", "team/, base/", "a/,b/,c/,d/",
     "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/"],
)  # fmt: skip
def test_a_prefix_that_matches_other_repositories_is_refused(typed: str) -> None:
    """`team` would be the beginning of teamwork/orders as well; no prefix is given twice, and at most three."""
    assert not PATTERN.fullmatch(typed)
