"""The permissions of stacks: needed and granted, needed and not granted, granted and never needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from generator.authorization.decisions import Decision, Policy, Request
from generator.authorization.policies import PolicySet
from generator.authorization.policy_patterns import is_action
from generator.listed import listed


class Decided(NamedTuple):
    """A request and the decision on it."""

    request: Request
    decision: Decision


class Needed(NamedTuple):
    """A request, and the statements that allowed or refused it."""

    principal: str
    action: str
    resource: str
    because: str


class Granted(NamedTuple):
    """An action that a statement allows: `statement` is the role, policy or endpoint, and the Sid."""

    statement: str
    action: str


class Permissions(NamedTuple):
    """The permissions of stacks, compared with the requests of a run."""

    granted: tuple[Needed, ...]
    refused: tuple[Needed, ...]
    unused: tuple[Granted, ...]


def compare(standing: PolicySet, decided: Iterable[Decided]) -> Permissions:
    """Compare the permissions of the policies with the requests: each entry once, in order."""
    decided = list(decided)
    rows = {True: dict[Needed, None](), False: dict[Needed, None]()}
    used = set()
    for request, decision in decided:
        because = ", ".join(decision.by) if decision.allowed else decision.reason
        rows[decision.allowed] |= {
            Needed(request.principal, request.action, resource, because): None for resource in request.resources
        }
        if decision.allowed:
            used |= {(statement, request.action) for statement in decision.by}
    unused = (
        grant
        for grant in dict.fromkeys(granted(standing))
        if not any(statement == grant.statement and is_action(grant.action, action) for statement, action in used)
    )
    return Permissions(tuple(sorted(rows[True])), tuple(sorted(rows[False])), tuple(unused))


def granted(standing: PolicySet) -> Iterator[Granted]:
    """Every action of every statement that allows something."""
    documents = [policy for policies in standing.identity.values() for policy in policies]
    for policy in (*documents, *standing.own.values(), *standing.endpoints.values()):
        yield from _allowed(policy)


def _allowed(policy: Policy) -> Iterator[Granted]:
    for number, statement in enumerate(listed(policy.document["Statement"]), 1):
        if statement["Effect"] == "Allow":
            for action in listed(statement.get("Action", "*")):
                yield Granted(f"{policy.name}/{statement.get('Sid', number)}", action)


def named(permissions: Permissions, called: Callable[[str], str] = str, *, stack: str = "") -> Permissions:
    """The same for people, each row once: ARNs are shortened to the name of the resource.

    `called` gives the name of SERVICE:ID, a physical id; where it has none, SERVICE:ID. `stack` is left out before
    statements.
    """
    granted_rows, refused_rows = (
        tuple(dict.fromkeys(_named(row, called, f"{stack}/") for row in rows))
        for rows in (permissions.granted, permissions.refused)
    )
    unused = (grant._replace(statement=grant.statement.removeprefix(f"{stack}/")) for grant in permissions.unused)
    return Permissions(granted_rows, refused_rows, tuple(dict.fromkeys(unused)))


def _named(row: Needed, called: Callable[[str], str], stack: str) -> Needed:
    """The row with names. Statements of the role itself are shown by their Sids alone."""
    principal = name_of(row.principal, called)
    reasons = [
        name_of(each, called).removeprefix(stack).removeprefix(f"{principal}/") for each in row.because.split(", ")
    ]
    return Needed(principal, row.action, name_of(row.resource, called), ", ".join(reasons))


def name_of(cell: str, called: Callable[[str], str]) -> str:
    """The name of the resource in an ARN, or the ARN without its account.

    The longest part that may be the id is tried first.

    `called` is given SERVICE:ID, because resources of several services may have the same id.
    """
    if not cell.startswith("arn:"):
        return cell
    service, short = cell.split(":")[2], cell.split(":", 5)[-1]
    _, _, without_type = short.partition(":" if ":" in short.split("/", 1)[0] else "/")
    parts = (cell, short, without_type, without_type.split(":")[0], re.split("[/:]", short)[-1])
    asked = [f"{service}:{part}" for part in parts if part]
    return next((called(each) for each in asked if called(each) != each), short)
