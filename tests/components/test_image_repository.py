"""The repository that images are pushed to."""

from __future__ import annotations

import re

import pytest
from troposphere import encode_to_dict

from generator.components.image_repository import add_image_repository
from generator.model.template import new_template

REPOSITORY = add_image_repository(TEMPLATE := new_template("Test"))
OTHERS = TEMPLATE.parameters["PullRepositories"].to_dict()["AllowedPattern"]


def test_a_push_requires_the_permissions_that_aws_lists() -> None:
    """AWS's page on pushing names six actions on the repository, and the login."""
    log_in, push = REPOSITORY.own.push()
    assert "*" in encode_to_dict(log_in.statement())["Resource"]
    assert {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    } == set(encode_to_dict(push.statement())["Action"])
    assert (REPOSITORY.own.arn,) == push.resources


def test_tagging_requires_no_upload() -> None:
    """The permission to tag does not include uploading a layer."""
    assert ["ecr:BatchGetImage", "ecr:PutImage"] == encode_to_dict(REPOSITORY.tag().statement())["Action"]


def test_base_images_are_pulled_from_this_account() -> None:
    """Several repositories are named in one text; a separator cannot hold the account, so a condition does."""
    statement = encode_to_dict(REPOSITORY.pull_others().statement())
    assert {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}} == statement["Condition"]
    assert [] == [action for action in statement["Action"] if "Put" in action or "Upload" in action]


@pytest.mark.parametrize("value", ["base/*", "base/python", "base/*,tools/*,docker-hub/library/*"])
def test_patterns_of_repositories_are_taken(value: str) -> None:
    """Names, and patterns with a literal at the beginning."""
    assert re.fullmatch(OTHERS, value)


@pytest.mark.parametrize(
    "value", ["", "*", "*/base", "base/*,*", "Base", "base,", "base/* tools/*", "base:1", "base\n"]
)
def test_a_pattern_of_everything_is_refused(value: str) -> None:
    """A star alone, a registry, a tag and an empty part are refused."""
    assert not re.fullmatch(OTHERS, value)
