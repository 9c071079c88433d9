"""A role for pushes by GitHub Actions: GitHub keeps no secret, and only one branch of one repository can assume it."""

from __future__ import annotations

from awacs.aws import Allow, Condition, StringEquals
from awacs.sts import AssumeRoleWithWebIdentity
from troposphere import Ref, Sub, Template

from generator.components.repository import Repository
from generator.components.signing import Signing
from generator.model.grants import add_service_role
from generator.model.outputs import add_output
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given

GROUP = "Pushes from GitHub"
ISSUER = "token.actions.githubusercontent.com"
OWNER, NAME = "[A-Za-z0-9-]+", "[A-Za-z0-9._-]+"


def add_github_push_role(template: Template, repository: Repository, signing: Signing) -> None:
    """A role that workflows of one branch assume to push images; only when GitHub's identity provider is given.

    An account has one provider for GitHub, so the stack does not create it.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """
    provider = add_parameter(
        template,
        "GitHubOidcProviderArn",
        group=GROUP,
        label="Identity provider of GitHub",
        description="ARN of the account's OIDC provider for GitHub (docs/registry.md). Empty: no role.",
        Default="",
        AllowedPattern=rf"^(arn:[a-z-]+:iam::[0-9]{{12}}:oidc-provider/{ISSUER.replace('.', '[.]')})?$",
        ConstraintDescription=f"Enter an ARN such as arn:aws:iam::...:oidc-provider/{ISSUER}, or leave it empty.",
    )
    source = add_parameter(
        template,
        "GitHubRepository",
        group=GROUP,
        label="Repository at GitHub",
        description="OWNER/NAME. Enter OWNER@ID/NAME@ID if it was created, renamed or moved after July 15, 2026, "
        "or has opted in to immutable subjects.",
        Default="",
        # StringEquals has no wildcards, so a * or ? would match no one; it is refused before.
        AllowedPattern=f"^({OWNER}/{NAME}|{OWNER}@[0-9]+/{NAME}@[0-9]+)?$",
        ConstraintDescription="Enter OWNER/NAME or OWNER@ID/NAME@ID, or leave it empty.",
    )
    add_parameter(
        template,
        "GitHubBranch",
        group=GROUP,
        label="Branch at GitHub",
        description="Workflows on this branch may push. Jobs with an environment, tags and pull requests may not.",
        Default="main",
        AllowedPattern="^(?!refs/)[A-Za-z0-9._/#+@-]{1,200}$",
        ConstraintDescription="Enter one branch without refs/heads/, such as main.",
    )
    add_rule(
        template,
        "GitHubNeedsARepository",
        (is_given(source), "GitHubOidcProviderArn is set: enter GitHubRepository as well."),
        when=is_given(provider),
    )
    add_rule(
        template,
        "GitHubNeedsAProvider",
        (is_given(provider), "GitHubRepository is set: enter GitHubOidcProviderArn as well."),
        when=is_given(source),
    )
    wanted = add_condition(template, "PushFromGitHub", is_given(provider))
    role = add_service_role(
        template,
        "GitHubPushRole",
        trusted=_trust(provider),
        grants=(*repository.push(), signing.sign()),
        only_if=wanted,
    )
    add_output(
        template,
        "GitHubPushRoleArn",
        role.arn,
        "Role for GitHub Actions: role-to-assume of the workflow",
        only_if=wanted,
    )


def _trust(provider: Ref) -> dict[str, object]:
    """Tokens that GitHub issued for AWS, to a workflow of this branch of this repository.

    https://docs.github.com/en/actions/reference/security/oidc#filtering-for-a-specific-branch
    """
    # GitHub has one issuer for everybody: without a condition on `sub` every workflow at GitHub could assume the role.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub
    subject = Sub("repo:${GitHubRepository}:ref:refs/heads/${GitHubBranch}")
    statement = {
        "Effect": Allow,
        "Principal": {"Federated": provider},
        "Action": [AssumeRoleWithWebIdentity],
        "Condition": Condition(StringEquals({f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject})),
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
