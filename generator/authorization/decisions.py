"""Decide a request against policies as IAM does: no by default, and an explicit deny wins.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html

docs/architecture.md says why no library is used for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from generator.authorization.condition_operators import UnsupportedError, hold
from generator.authorization.policy_patterns import Context, is_action, is_resource
from generator.listed import listed

# They must be allowed by the policy of the key or role itself, which may leave it to the policies of its account.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
_RESOURCE_DECIDES = ("kms:", "sts:assumerole")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request: principal, action, resources and context.

    `principal` is the ARN of a role, or a service that acts for itself, such as events.amazonaws.com. `resources` is
    ("*",) for an action without resource-level permissions. A context key with several values has a tuple.
    """

    principal: str
    action: str
    resources: tuple[str, ...] = ("*",)
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


class Policy(NamedTuple):
    """A policy document, and the name of its statements in messages: the role or resource that it belongs to."""

    name: str
    document: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The policies that apply to a request: of the role, its boundary, the resource, the VPC endpoint on the way.

    `around` is the policy of the resource's container, where AWS evaluates that as well: the domain of CodeArtifact.
    """

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    resource: Policy | None = None
    around: Policy | None = None
    endpoint: Policy | None = None


class Decision(NamedTuple):
    """Whether the request is allowed, the statements that decided it (`name/Sid`), and the reason in words."""

    allowed: bool
    by: tuple[str, ...]
    reason: str


class _Match(NamedTuple):
    """A statement that applies to a request, and how it names the principal: itself, its account, or anybody."""

    name: str
    means: str
    denies: bool


def decide(request: Request, policies: Policies) -> Decision:
    """The decision on a request by policies that apply to all of its resources."""
    return decide_each(request, lambda _: policies)


def decide_each(request: Request, policies: Callable[[str], Policies]) -> Decision:
    """The decision on a request. It is allowed if each resource is, by the policies that apply to that resource."""
    decisions = [_decide(request, resource, policies(resource)) for resource in request.resources]
    by = dict.fromkeys(name for decision in decisions for name in decision.by)
    refused = next((decision for decision in decisions if not decision.allowed), None)
    return refused or Decision(allowed=True, by=tuple(by), reason="allowed")


def _decide(request: Request, resource: str, policies: Policies) -> Decision:
    context = _context(request, resource)
    asked = f"{request.action} on {resource}"

    def matches(*applied: Policy | None) -> list[_Match]:
        return [match for each in applied if each for match in _matches(each, request, resource, context)]

    identity, boundary = matches(*policies.identity), matches(policies.boundary)
    own, endpoint = matches(policies.resource, policies.around), matches(policies.endpoint)
    if denied := tuple(match.name for match in (*identity, *boundary, *own, *endpoint) if match.denies):
        return Decision(allowed=False, by=denied, reason=f"{', '.join(denied)} denies {asked}")
    if policies.endpoint and not endpoint:
        return _refused(f"{policies.endpoint.name} does not let {asked} through")
    if _crosses_accounts(request.principal, context):
        # Two evaluations, one in each account: both must allow. Here the account as principal is enough.
        if not identity:
            return _refused(f"nothing in the account of {request.principal} allows it {asked}")
        if not own:
            return _refused(f"the policy of {resource} does not allow {request.action} to another account's roles")
        granted, is_bounded = [*own, *identity], True
    else:
        granted = [match for match in (*own, *identity) if match.means != "account"]
        if not granted:
            return _refused(f"nothing allows {request.principal} {asked}")
        is_bounded = not any(match.means == "anybody" for match in granted)
        if is_bounded and not own and _needs_its_own_policy(request.action, resource):
            return _refused(f"the policy of {resource} does not leave {request.action} to {request.principal}")
    if is_bounded and policies.boundary and not boundary:
        return _refused(f"{policies.boundary.name} bounds {request.principal}: not {asked}")
    names = (match.name for match in (*granted, *boundary, *own, *endpoint))
    return Decision(allowed=True, by=tuple(dict.fromkeys(names)), reason="allowed")


def _refused(reason: str) -> Decision:
    return Decision(allowed=False, by=(), reason=reason)


def _needs_its_own_policy(action: str, resource: str) -> bool:
    """Whether the resource's own policy must allow the action. That of a key or role must.

    An action without resource-level permissions (kms:ListKeys) has no such policy.
    """
    return resource != "*" and action.lower().startswith(_RESOURCE_DECIDES)


def _crosses_accounts(principal: str, context: Context) -> bool:
    """Whether a principal of one account requests access to a resource of another one.

    A service acts for itself and has no account. AWS's own resources, such as managed policies, are in the account
    `aws`, and have no policies.
    """
    ours, (theirs, *_) = account_of(principal), context.get("aws:resourceaccount", ("",))
    return ours.isdigit() and theirs.isdigit() and ours != theirs


def account_of(arn: str) -> str:
    """The account in the ARN; "" if it has none."""
    return (arn.split(":") + [""] * 5)[4]


def _matches(policy: Policy, request: Request, resource: str, context: Context) -> Iterator[_Match]:
    for number, statement in enumerate(listed(policy.document["Statement"]), 1):
        if _fits(statement, request.action, resource, context) and (means := _means(statement, request.principal)):
            name = f"{policy.name}/{statement.get('Sid', number)}"
            yield _Match(name, means, denies=statement["Effect"] == "Deny")


def _fits(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    """Whether action, resource and condition of the statement match. In a trust policy the resource is the role."""
    actions = listed(statement.get("Action", statement.get("NotAction")))
    resources = listed(statement.get("Resource", statement.get("NotResource", "*")))
    return (
        any(is_action(pattern, action) for pattern in actions) == ("Action" in statement)
        and any(is_resource(pattern, resource, context) for pattern in resources) != ("NotResource" in statement)
        and hold(statement.get("Condition", {}), context)
    )


def _means(statement: Mapping[str, Any], principal: str) -> str:
    """How the statement names the principal: itself, its account, or anybody; "" if it does not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if "NotPrincipal" in statement:
        raise UnsupportedError("NotPrincipal")
    if "Principal" not in statement:  # the policy belongs to the principal
        return "itself"
    named = statement["Principal"]
    kinds = {"AWS": named} if isinstance(named, str) else named
    names = [name for each in kinds.values() for name in listed(each)]
    account = account_of(principal)
    if "*" in names:
        return "anybody"
    if principal in names:
        return "itself"
    of_account = account and any(
        name == account or re.fullmatch(rf"arn:[^:]+:iam::{account}:root", name) for name in names
    )
    return "account" if of_account else ""


def _context(request: Request, resource: str) -> dict[str, Sequence[str]]:
    """The context of the request, and the keys about principal and resource that every request has.

    The account of the resource is in its ARN. The ARN of a bucket has none: there it is the one that the request names.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
    """
    account, owner = account_of(request.principal), account_of(resource)
    known: dict[str, str | tuple[str, ...]] = {"aws:PrincipalIsAWSService": "false" if account else "true"}
    if account:
        known |= {"aws:PrincipalArn": request.principal, "aws:PrincipalAccount": account}
    else:
        known |= {"aws:PrincipalServiceName": request.principal}
    known |= request.context
    if owner:
        known["aws:ResourceAccount"] = owner
    return {key.lower(): [value] if isinstance(value, str) else value for key, value in known.items()}
