"""The policy of the repository for pulls."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.publishing import render
from tests.ground import new_repository
from tests.resolved import resolved

TEMPLATE = render.to_dict(new_repository()[0])


def _statements(**values: str) -> list[dict[str, Any]]:
    policy = resolved(TEMPLATE, **values)["Repository"].get("RepositoryPolicyText", {"Statement": []})
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements


def test_by_default_no_one_else_pulls() -> None:
    """Without accounts and Lambda the repository has no policy at all: ECR refuses an empty one."""
    assert "RepositoryPolicyText" not in resolved(TEMPLATE)["Repository"]


def test_the_named_accounts_pull() -> None:
    """Each account is a principal; it may fetch layers and images, and neither push nor delete."""
    (statement,) = _statements(PullAccountIds="111122223333,444455556666")
    assert {"AWS": ["111122223333", "444455556666"]} == statement["Principal"]
    assert ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] == statement["Action"]


def test_lambda_pulls_for_functions_of_this_account() -> None:
    """Lambda pulls for functions of this account and region, and only if that is chosen."""
    (statement,) = _statements(LambdaPulls="yes")
    assert {"Service": "lambda.amazonaws.com"} == statement["Principal"]
    (source,) = statement["Condition"]["ArnLike"].values()
    assert source.endswith(":lambda:AWS::Region:AWS::AccountId:function:*")
    assert 2 == len(_statements(LambdaPulls="yes", PullAccountIds="111122223333"))


@pytest.mark.parametrize("wrong", ["12345", "111122223333,", "111122223333 444455556666", "*", "arn:aws:iam::1:root"])
def test_text_that_is_no_account_is_refused(wrong: str) -> None:
    """The value is a list of account ids, separated by commas."""
    pattern = TEMPLATE["Parameters"]["PullAccountIds"]["AllowedPattern"]
    assert not re.fullmatch(pattern, wrong)
    assert re.fullmatch(pattern, "111122223333,444455556666")
