"""The ECR repository."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from troposphere import encode_to_dict

from generator import render
from generator.components.lifecycle import STAGE_TAGS
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE = render.to_dict(new_repository()[0])
MOVING_TAGS = TEMPLATE["Parameters"]["MovingTags"]["AllowedPattern"]


def _moving(tags: str) -> list[str]:
    """The tags that the repository lets move, when `tags` were typed."""
    filters: list[dict[str, Any]] = resolved(TEMPLATE, MovingTags=tags)["Repository"][
        "ImageTagMutabilityExclusionFilters"
    ]
    assert {"WILDCARD"} == {entry["ImageTagMutabilityExclusionFilterType"] for entry in filters}
    return [entry["ImageTagMutabilityExclusionFilterValue"] for entry in filters]


@pytest.mark.parametrize("tags", ["", "latest", "latest,main", "latest,main,cache-*", "a,b,c,d"])
def test_tags_of_stages_move_and_those_that_were_typed(tags: str) -> None:
    """Each tag that was typed becomes a filter of its own, behind the one for the tags of stages."""
    assert re.fullmatch(MOVING_TAGS, tags)
    assert [STAGE_TAGS, *filter(None, tags.split(","))] == _moving(tags)


@given(st.from_regex(MOVING_TAGS, fullmatch=True))
def test_ecr_takes_whatever_can_be_typed(tags: str) -> None:
    """At most five filters, in the characters that ECR takes, and none for every tag: then nothing was immutable."""
    filters = _moving(tags)
    assert 1 <= len(filters) <= 5
    assert all(re.fullmatch(r"[0-9a-zA-Z._*-]+", each) and each != "*" for each in filters)


@pytest.mark.parametrize(
    "wrong", ["*", "a,b,c,d,e", "latest,", ",latest", "la*st", "_production", "a b", "latest, main"]
)
def test_what_cannot_be_a_filter_is_refused(wrong: str) -> None:
    """A sixth filter, a star alone or within, a stage's own tag and spaces are refused before ECR is asked."""
    assert not re.fullmatch(MOVING_TAGS, wrong)


def test_the_key_is_the_stacks_or_the_given_one() -> None:
    """The repository is encrypted with the key of the stack, or the one that was brought along."""
    for given_key, used in (("", "Key.Arn"), ("arn:x", "arn:x")):
        repository = resolved(TEMPLATE, KmsKeyArn=given_key)["Repository"]
        assert {"EncryptionType": "KMS", "KmsKey": used} == repository["EncryptionConfiguration"]


def test_pushing_takes_the_six_verbs_on_this_repository() -> None:
    """Who pushes logs in to the registry, and may upload to this repository alone: not delete, not describe."""
    login, push = (encode_to_dict(grant.statement()) for grant in new_repository()[1].push())
    assert ("ecr:GetAuthorizationToken", "*") == (login["Action"], login["Resource"])
    assert {"Fn::GetAtt": ["Repository", "Arn"]} == push["Resource"]
    assert {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    } == set(push["Action"])


def test_a_pipeline_finds_what_it_asks_for() -> None:
    """The output RepositoryName is what a pipeline's parameter of that name takes."""
    assert {"Ref": "Repository"} == TEMPLATE["Outputs"]["RepositoryName"]["Value"]
    assert {"RepositoryName", "RepositoryArn", "RepositoryUri"} <= TEMPLATE["Outputs"].keys()
