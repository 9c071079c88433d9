"""The ECR source."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from troposphere import Template, encode_to_dict

from generator.components.source import add_source
from tests.ground import Ground


def test_the_action_takes_no_image_without_a_digest(ground: Ground) -> None:
    """A run that was started without a digest looks for a tag that no image has, and ends there."""
    (action,) = ground.source.stage.actions
    configuration = encode_to_dict(action)["Configuration"]
    assert {"RepositoryName": {"Ref": "RepositoryName"}, "ImageTag": "no-push"} == configuration


def test_the_stage_requires_one_permission(ground: Ground) -> None:
    """The pipeline's role looks up the image in this repository; the action needs no more."""
    (grant,) = ground.source.stage.grants
    assert "ecr:DescribeImages" == encode_to_dict(grant.statement())["Action"]


add_source(TEMPLATE := Template())
PATTERN = TEMPLATE.parameters["RepositoryName"].AllowedPattern


@given(st.from_regex(r"\A[a-z0-9]+([._-][a-z0-9]+)?(/[a-z0-9]+)?\Z"))
def test_names_that_ecr_takes_are_taken(name: str) -> None:
    """Names of words with single separators and namespaces pass."""
    assert re.fullmatch(PATTERN, name)


@pytest.mark.parametrize(
    "name",
    [
        *("Team/orders", "orders:latest", "/orders", "orders/", "a..b", "orders\n", "a b", "$(x)"),
        *("111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders", "111122223333.dkr-ecr.eu-west-1.on.aws/orders"),
    ],
)
def test_text_that_is_no_name_is_refused(name: str) -> None:
    """Capitals, tags, empty parts, spaces, shell text, and a name with the registry's host do not pass."""
    assert not re.fullmatch(PATTERN, name)
