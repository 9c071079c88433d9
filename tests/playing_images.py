"""Requests for moving images: builds that push and pull, workflows at GitHub, other accounts, Lambda."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.decisions import Policies, Policy, Request, decide
from generator.authorization.image_calls import sign_calls
from generator.authorization.permissions import Decided
from generator.authorization.policies import policies_of
from generator.authorization.policy_enforcer import PolicyEnforcer
from generator.cloudformation.offline_stack import OfflineStack

ANYTHING = Policy("administrator", {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
GITHUB = "token.actions.githubusercontent.com"


class Program(NamedTuple):
    """The commands of a build or the code of a function. `label` is that of its stack.

    `properties` are those of the custom resource that a function makes.
    """

    label: str
    role: str
    text: str
    variables: Mapping[str, str]
    properties: Mapping[str, Any] = {}


def move_images(stack: OfflineStack, enforcer: PolicyEnforcer, program: Program) -> None:
    """The calls of the engine that a program starts: pull the inspected image, or bases and cache, push and sign.

    `stack` is the program's own.
    """
    _, role, text, variables, _ = program
    repository = variables.get("REPOSITORY_NAME", "")
    profile = stack.parameters.get("SigningProfileArn", "")
    if re.search(r"\bdocker pull\b", text):
        enforcer.pull(role, repository)
    if re.search(r"\bdocker push\b", text):
        enforcer.push(role, repository, profile)
    if re.search(r"\bput-image\b", text) and profile:
        for call in sign_calls(role, repository, profile):
            enforcer(call)
    if re.search(r"\bdocker buildx build\b", text):
        for base in stack.ref("PullRepositories").split(","):
            enforcer.pull(role, base.replace("*", "base"))
        if cache := variables.get("CACHE_REPOSITORY"):
            enforcer.pull(role, cache)
            enforcer.push(role, cache)
        if packages := variables.get("CODEARTIFACT"):
            names = dict(zip(("domain", "repository"), packages.split("/"), strict=True))
            enforcer(ServiceCall("codeartifact", "ReadFromRepository", names, role))


def pushers(stack: OfflineStack) -> Iterator[tuple[str, str]]:
    """The roles for an identity provider, and its ARN."""
    for title, role in stack.resources("AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            if "Federated" in statement["Principal"]:
                yield title, statement["Principal"]["Federated"]


def assumed_by_github(stack: OfflineStack, title: str, provider: str, named: Mapping[str, str]) -> Request:
    """The requests of a workflow: the role, for a branch of a repository.

    https://docs.github.com/en/actions/reference/security/oidc
    """
    branch = named.get("GitHubBranch", "main")
    subject = f"repo:{named['GitHubRepository']}:ref:refs/heads/{branch}"
    return Request(
        principal=provider,
        action="sts:AssumeRoleWithWebIdentity",
        resources=(stack.arn(title),),
        context={f"{GITHUB}:aud": named.get("audience", "sts.amazonaws.com"), f"{GITHUB}:sub": subject},
    )


def pulls(stack: OfflineStack, named: Mapping[str, str]) -> Iterator[Decided]:
    """Pulls by the policy of a repository: by accounts whose own policies allow it, and by Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
    """
    partition, region, account = stack.place
    pullers: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
        (f"arn:{partition}:iam::{other}:role/puller", {}, ("BatchCheckLayerAvailability",))
        for other in named.get("PullAccountIds", "").split(",")
        if other
    ]
    if named.get("LambdaPulls") == "yes":
        function = f"arn:{partition}:lambda:{region}:{named.get('account', account)}:function:orders"
        pullers.append(("lambda.amazonaws.com", {"aws:SourceArn": function}, ()))
    for title, _ in stack.resources("AWS::ECR::Repository"):
        arn, own = stack.arn(title), policies_of(stack).own
        for principal, context, more in pullers:
            for operation in ("BatchGetImage", "GetDownloadUrlForLayer", *more):
                asked = Request(principal=principal, action=f"ecr:{operation}", resources=(arn,), context=context)
                given = Policies(identity=[ANYTHING] if more else [], resource=own.get(arn))
                yield Decided(asked, decide(asked, given))
