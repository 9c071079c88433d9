"""Pulls that the policy of the repository allows: by other accounts, and by Lambda.

Roles of its own account need none.
"""

from __future__ import annotations

from awacs import ecr
from awacs.aws import Allow, ArnLike, Condition
from troposphere import Equals, If, NoValue, Or, Split, Template

from generator.model.arn import arn
from generator.model.parameters import EACH_ONCE, add_choice, add_condition, add_parameter, is_given

GROUP = "Pull access"
ACCOUNT_ID = "[0-9]{12}"


def add_pull_policy(template: Template) -> If:
    """The policy of the repository: pulls for the accounts that are named, and for Lambda if chosen; otherwise none.

    It names no resource: its repository is the resource.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    """
    accounts = add_parameter(
        template,
        "PullAccountIds",
        group=GROUP,
        label="Accounts that pull",
        description="IDs of other accounts whose roles may pull, separated by commas. Empty: none.",
        Default="",
        AllowedPattern=f"^{EACH_ONCE}({ACCOUNT_ID}(,{ACCOUNT_ID}){{0,49}})?$",
        ConstraintDescription="Enter account IDs of twelve digits, separated by commas, or leave it empty.",
    )
    functions = add_choice(
        template,
        "LambdaPulls",
        group=GROUP,
        label="Lambda pulls",
        description="yes: Lambda may pull images for functions of this account.",
        choices=("no", "yes"),
    )
    by_account = add_condition(template, "AccountsPull", is_given(accounts))
    by_lambda = add_condition(template, "ServeLambda", Equals(functions, "yes"))
    somebody = add_condition(template, "SomebodyPulls", Or(is_given(accounts), Equals(functions, "yes")))
    statements = [
        If(by_account, _accounts_pull(Split(",", accounts)), NoValue),
        If(by_lambda, _lambda_pulls(), NoValue),
    ]
    return If(somebody, {"Version": "2012-10-17", "Statement": statements}, NoValue)


def _accounts_pull(accounts: Split) -> dict[str, object]:
    """Allow the accounts, which decide themselves which of their roles pull: an account's ID means its root."""
    return {
        "Sid": "AccountsPull",
        "Effect": Allow,
        "Principal": {"AWS": accounts},
        "Action": [ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer],
    }


def _lambda_pulls() -> dict[str, object]:
    """Lambda fetches an image when its function is created, and again after weeks without an invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
    """
    return {
        "Sid": "LambdaPulls",
        "Effect": Allow,
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": [ecr.BatchGetImage, ecr.GetDownloadUrlForLayer],
        "Condition": Condition(ArnLike({"aws:SourceArn": arn("lambda", "function:*")})),
    }
