"""The ECR repository."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from troposphere import encode_to_dict

from generator.components.lifecycle import STAGE_TAGS
from generator.publishing import render
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE = render.to_dict(new_repository()[0])
MOVING_TAGS = TEMPLATE["Parameters"]["MovingTags"]["AllowedPattern"]


def _moving(tags: str) -> list[str]:
    """The tags that can be moved in the repository, for this value of the parameter."""
    filters: list[dict[str, Any]] = resolved(TEMPLATE, MovingTags=tags)["Repository"][
        "ImageTagMutabilityExclusionFilters"
    ]
    assert {"WILDCARD"} == {entry["ImageTagMutabilityExclusionFilterType"] for entry in filters}
    return [entry["ImageTagMutabilityExclusionFilterValue"] for entry in filters]


@pytest.mark.parametrize("tags", ["", "latest", "latest,main", "latest,main,cache-*", "a,b,c,d"])
def test_tags_of_stages_and_chosen_tags_can_be_moved(tags: str) -> None:
    """Each tag of the parameter becomes a filter, behind the one for the tags of stages."""
    assert re.fullmatch(MOVING_TAGS, tags)
    assert [STAGE_TAGS, *filter(None, tags.split(","))] == _moving(tags)


@given(st.from_regex(MOVING_TAGS, fullmatch=True))
def test_ecr_takes_every_allowed_value(tags: str) -> None:
    """At most five filters in the characters that ECR takes, and none for every tag: then no tag would be immutable."""
    filters = _moving(tags)
    assert 1 <= len(filters) <= 5
    assert all(re.fullmatch(r"[0-9a-zA-Z._*-]+", each) and each != "*" for each in filters)


@pytest.mark.parametrize(
    "wrong", ["*", "a,b,c,d,e", "latest,", ",latest", "la*st", "_production", "a b", "latest, main"]
)
def test_text_that_is_no_filter_is_refused(wrong: str) -> None:
    """A sixth filter, a star alone or within, a stage's own tag and spaces are refused before ECR refuses them."""
    assert not re.fullmatch(MOVING_TAGS, wrong)


def test_images_are_encrypted_with_the_key() -> None:
    """The repository has the key of its handle."""
    repository = resolved(TEMPLATE)["Repository"]
    assert {"EncryptionType": "KMS", "KmsKey": "Key.Arn"} == repository["EncryptionConfiguration"]


def test_pushing_requires_six_permissions_on_this_repository() -> None:
    """A role that pushes logs in to the registry and uploads to this repository alone: no deleting, no describing."""
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


def test_a_pipeline_can_use_the_outputs() -> None:
    """The output RepositoryName is a value for a pipeline's parameter of that name."""
    assert {"Ref": "Repository"} == TEMPLATE["Outputs"]["RepositoryName"]["Value"]
    assert {"RepositoryName", "RepositoryArn", "RepositoryUri"} <= TEMPLATE["Outputs"].keys()
