"""The permissions that a change of a resource adds and removes, in words: `new ecr:PutImage on team/*`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.changesets.change_records import LATER, PermissionChange
from generator.changesets.policy_coverage import PolicyGrant, covers, grants
from generator.cloudformation.resource_type import resource_type
from generator.listed import listed

_OWN = {
    "AWS::ECR::RegistryPolicy": "PolicyText",
    "AWS::ECR::RepositoryCreationTemplate": "RepositoryPolicy",
    "AWS::IAM::ManagedPolicy": "PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument",
}
"""Types of resources that are policies themselves, with the property that holds the policy."""
_ENDPOINT = "AWS::EC2::VPCEndpoint"
_EVERYTHING = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def permission_changes(
    logical_id: str, kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[PermissionChange, ...]:
    """The permissions that change between two versions of a resource. None is a resource that does not exist."""
    found = [
        *_documents(kind, before, after),
        *(_role(before or {}, after or {}) if kind == "AWS::IAM::Role" else ()),
        *(_access_entry(before or {}, after or {}) if kind == "AWS::EKS::AccessEntry" else ()),
    ]
    return tuple(
        PermissionChange(wider=wider, resource=logical_id, text=text) for wider, text in dict.fromkeys(sorted(found))
    )


def is_gone(kind: str, after: Mapping[str, Any] | None) -> bool:
    """Whether no principal is left for the permissions of a resource: a role or key is deleted with its policies."""
    return after is None and kind not in (
        *_OWN,
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    )


def _documents(
    kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Iterator[tuple[bool, str]]:
    if is_gone(kind, after) or (before is None and _protects_itself(kind)):
        return
    for name in policy_properties(kind):
        if after is not None and LATER in str(after.get(name)) and isinstance(after[name], str):
            yield True, f"permissions that are known only after the deployment ({name})"
    old, new = _grants(kind, before), _grants(kind, after)
    yield from _differences(old, new)


def _protects_itself(kind: str) -> bool:
    """Whether a policy of the resource is only about it, so that a new one gives no access to anything that existed."""
    known = resource_type(kind)
    return bool(known.policy) and not known.policy_is_for and kind != "AWS::IAM::Role"


def policy_properties(kind: str) -> list[str]:
    """The properties of a type that hold policies."""
    own = [_OWN.get(kind) or resource_type(kind).policy]
    further = {"AWS::IAM::Role": ["Policies"], _ENDPOINT: ["PolicyDocument"]}
    return [name for name in (*own, *further.get(kind, [])) if name]


def _grants(kind: str, settings: Mapping[str, Any] | None) -> tuple[PolicyGrant, ...]:
    """All grants of the policies in the properties of a resource."""
    if settings is None:
        return ()
    values = [each for name in policy_properties(kind) for each in listed(settings.get(name, []))]
    documents = [each.get("PolicyDocument", each) if isinstance(each, Mapping) else each for each in values]
    if kind == _ENDPOINT and "PolicyDocument" not in settings:  # without a policy everything passes
        documents.append(_EVERYTHING)
    return tuple(grant for document in documents for grant in grants(document))


def _differences(old: Iterable[PolicyGrant], new: Iterable[PolicyGrant]) -> Iterator[tuple[bool, str]]:
    """The permissions that are new or removed. A grant that got a narrower condition is shown with it."""
    old, new = tuple(dict.fromkeys(old)), tuple(dict.fromkeys(new))
    for grant in new:
        if not any(covers(each, grant) for each in old):
            yield grant.effect == "Allow", f"new {_words(grant)}{_when(grant)}"
    for grant in old:
        if not any(covers(each, grant) for each in new):
            rest = [each for each in new if covers(grant, each) and each.action == grant.action]
            if rest and grant.effect == "Allow":
                narrower = ", ".join(dict.fromkeys(f"{_object(each)}{_when(each)}" for each in rest))
                yield False, f"{_words(grant)}{_when(grant)} only{narrower}"
            else:
                yield grant.effect == "Deny", f"no more {_words(grant)}{_when(grant)}"


def _words(grant: PolicyGrant) -> str:
    denied = "denial of " if grant.effect == "Deny" else ""
    action = f"all actions except {grant.action[1:]}" if grant.action.startswith("!") else grant.action
    if grant.action.lower().startswith("sts:assumerole"):
        return f"{denied}{action} by {_whom(grant.principal)}"
    return f"{denied}{action}{_object(grant)}{f' for {_whom(grant.principal)}' if grant.principal else ''}"


def _object(grant: PolicyGrant) -> str:
    if grant.principal and grant.resource == "*":  # the policy of a resource: it is about this resource
        return ""
    return f" on all but {grant.resource[1:]}" if grant.resource.startswith("!") else f" on {_short(grant.resource)}"


def _when(grant: PolicyGrant) -> str:
    """The condition, short."""
    condition = json.loads(grant.condition) if grant.condition else {}
    parts = [
        f"{key} {operator} {', '.join(map(str, listed(values)))}"
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    return f" if {' and '.join(parts)}" if parts else ""


def _short(name: str) -> str:
    """An ARN without its account; a repository by its name alone."""
    if LATER in name:
        return "a resource of this change"
    if not name.startswith("arn:"):
        return name
    service, rest = name.split(":")[2], name.split(":", 5)[-1]
    return rest.removeprefix("repository/") if service == "ecr" else rest or name


def _whom(principal: str) -> str:
    """A principal; one of IAM with its account, because that says who is allowed."""
    account = (principal.split(":") + [""] * 5)[4]
    return f"{_short(principal)} of {account}" if account else _short(principal)


def _role(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """Managed policies, and the boundary: without one, or under another one, a role may be able to do more."""
    if not after:
        return
    yield from _lists("managed policy", before.get("ManagedPolicyArns", []), after.get("ManagedPolicyArns", []))
    old, new = before.get("PermissionsBoundary"), after.get("PermissionsBoundary")
    if old and old != new:
        yield True, f"another permissions boundary: {_short(new)}" if new else "permissions boundary removed"
    elif new and not old and before:
        yield False, f"a permissions boundary: {_short(new)}"


def _access_entry(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html."""
    yield from _lists("Kubernetes group", before.get("KubernetesGroups", []), after.get("KubernetesGroups", []))
    yield from _lists(
        "access policy", *(list(map(_access, listed(each.get("AccessPolicies", [])))) for each in (before, after))
    )


def _access(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    scope = entry.get("AccessScope", {})
    places = ", ".join(scope.get("Namespaces", [])) or str(scope.get("Type", "cluster"))
    return f"{str(entry.get('PolicyArn', '')).rsplit('/', 1)[-1]} in {places}"


def _lists(what: str, old: Any, new: Any) -> Iterator[tuple[bool, str]]:
    old, new = listed(old), listed(new)
    for each in new:
        if each not in old:
            yield True, f"new {what} {_short(str(each))}"
    for each in old:
        if each not in new:
            yield False, f"no more {what} {_short(str(each))}"
