"""A connection to a Git server."""

from __future__ import annotations

import re

import pytest
from troposphere import Ref, encode_to_dict

from generator.components.git_connection import add_branch, add_connection, add_git_repository, use_connection
from generator.model.template import new_template


def test_the_connection_is_used_for_one_repository() -> None:
    """Under both names of the service, for the repository and action in the request."""
    grant = use_connection("Push", Ref("Arn"), Ref("Repository"), "Why.", only=("GitPull", "GitPush"))
    statement = encode_to_dict(grant.statement())
    services = ("codeconnections", "codestar-connections")
    assert [f"{service}:UseConnection" for service in services] == statement["Action"]
    expected: dict[str, object] = {}
    for service in services:
        expected[f"{service}:FullRepositoryId"] = {"Ref": "Repository"}
        expected[f"{service}:ProviderAction"] = ["GitPull", "GitPush"]
    assert {"StringEqualsIfExists": expected} == statement["Condition"]


def test_every_action_is_allowed_where_none_is_named() -> None:
    """A source action of CodePipeline does more than pull, and AWS does not list what."""
    grant = use_connection("Fetch", Ref("Arn"), Ref("Repository"), "Why.")
    assert "ProviderAction" not in str(encode_to_dict(grant.statement()))


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        (
            "ConnectionArn",
            ["", "1a2b", "arn:aws:codecommit:eu-west-1:111122223333:orders"],
            ["arn:aws:codestar-connections:eu-west-1:111122223333:connection/1a-2b"],
        ),
        ("Repository", ["orders", "github.com/a/b", "a/b.git", "a/b c", "a/$(id)"], ["a/b", "group/sub/b.c"]),
        ("Branch", ["", "refs/heads/main", "a b", "-x y"], ["main", "release/1.2"]),
    ],
)
def test_mistyped_values_are_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """By the pattern of the parameter."""
    template = new_template("Test")
    add_connection(template, "Git")
    add_git_repository(template, "Repository", group="Git", description="Which.", example="a/b")
    add_branch(template, "Branch", group="Git", description="Which.")
    pattern = template.parameters[parameter].to_dict()["AllowedPattern"]
    assert [] == [value for value in refused if re.fullmatch(pattern, value)]
    assert taken == [value for value in taken if re.fullmatch(pattern, value)]
