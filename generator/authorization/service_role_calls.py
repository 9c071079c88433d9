"""Calls that AWS's services make with the roles of a stack, without a command of a build."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization import service_roles
from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers
from generator.cloudformation.offline_stack import OfflineStack
from generator.model.discovery import merged


def calls_of(stack: OfflineStack, facts: Facts) -> Iterator[ServiceCall]:
    """Every call that AWS's services make with roles of the stack in the course of a run."""
    users: RoleUsers = merged(service_roles, "ROLE_USERS")
    for kind, calls in users.items():
        for title, properties in stack.resources(kind):
            yield from calls(stack, title, properties, facts)
