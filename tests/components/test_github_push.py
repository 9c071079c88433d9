"""Pushes from GitHub Actions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.cloudformation.template_rules import broken
from generator.components.github_push import add_github_push_role
from generator.components.signing import add_signing
from generator.publishing import render
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE, REPOSITORY, _ = new_repository()
add_github_push_role(TEMPLATE, REPOSITORY, add_signing(TEMPLATE))
RENDERED = render.to_dict(TEMPLATE)
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
PROFILE = "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/orders"
GIVEN = {"GitHubOidcProviderArn": PROVIDER, "GitHubRepository": "octo-org/octo-repo", "GitHubBranch": "main"}


@pytest.mark.parametrize("repository", ["octo-org/octo-repo", "octo-org@123456/octo-repo@456789"])
def test_workflows_of_one_branch_get_the_role(repository: str) -> None:
    """The subject is GitHub's, in its old form and in the immutable one, and is compared whole."""
    role = resolved(RENDERED, **{**GIVEN, "GitHubRepository": repository})["GitHubPushRole"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert {"Federated": PROVIDER} == statement["Principal"]
    assert ["sts:AssumeRoleWithWebIdentity"] == statement["Action"]
    assert {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{repository}:ref:refs/heads/main",
        }
    } == statement["Condition"]


def _granted(**given: str) -> list[dict[str, Any]]:
    """The statements of the role."""
    role = resolved(RENDERED, **GIVEN, **given)["GitHubPushRole"]
    return list(role["Policies"][0]["PolicyDocument"]["Statement"])


def test_the_role_pushes_to_this_repository() -> None:
    """It logs in and pushes, and does nothing else."""
    statements = _granted()
    assert ["LogInToRegistry", "PushImage"] == [statement["Sid"] for statement in statements]
    assert "Repository.Arn" == statements[1]["Resource"]


def test_the_role_signs_with_the_profile_if_there_is_one() -> None:
    """With signing there is one more statement, on the profile."""
    *_, sign = _granted(SigningProfileArn=PROFILE)
    assert ("SignImage", "signer:SignPayload", PROFILE) == (sign["Sid"], sign["Action"], sign["Resource"])


def test_without_a_provider_there_is_no_role() -> None:
    """Neither the role nor its output exists."""
    assert "GitHubPushRole" not in resolved(RENDERED)
    assert "PushFromGitHub" == RENDERED["Outputs"]["GitHubPushRoleArn"]["Condition"]


@pytest.mark.parametrize(
    ("missing", "rule"),
    [("GitHubRepository", "GitHubNeedsARepository"), ("GitHubOidcProviderArn", "GitHubNeedsAProvider")],
)
def test_half_of_the_answer_is_refused(missing: str, rule: str) -> None:
    """A provider without a repository, or a repository without a provider: the message names the missing one."""
    rules = {name: each for name, each in RENDERED["Rules"].items() if name.startswith("GitHub")}
    assert [] == list(broken(rules, GIVEN))
    ((name, message),) = broken(rules, {**GIVEN, missing: ""})
    assert (rule, True) == (name, missing in message)


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        ("GitHubRepository", "octo-repo"),
        ("GitHubRepository", "octo-org/*"),
        ("GitHubRepository", "octo-org@1/octo-repo"),
        ("GitHubRepository", "https://github.com/octo-org/octo-repo"),
        ("GitHubBranch", "main:environment:prod"),
        ("GitHubBranch", "*"),
        ("GitHubBranch", ""),
        ("GitHubOidcProviderArn", "arn:aws:iam::111122223333:oidc-provider/tokenXactions.githubusercontent.com"),
        ("GitHubOidcProviderArn", "arn:aws:iam::111122223333:saml-provider/x"),
    ],
)
def test_a_value_that_would_trust_others_or_no_one_is_refused(parameter: str, wrong: str) -> None:
    """Wildcards, half an id, an address, and other providers."""
    assert not re.fullmatch(RENDERED["Parameters"][parameter]["AllowedPattern"], wrong)
