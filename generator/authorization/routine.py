"""Routines: the calls that a service makes with a role for one purpose, as data with the AWS page that lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.authorization.authorized_calls import ServiceCall
from generator.cloudformation.offline_stack import OfflineStack


class Routine(NamedTuple):
    """Operations with parameters, in which {Names} are values of the resource, and AWS's page."""

    page: str
    operations: tuple[tuple[str, Mapping[str, Any]], ...]


Facts = Callable[[str], Mapping[str, str]]
"""Facts about a destination that its stack does not have, by stage, deployment group or state machine.

`family`, `taskRoleArn` and `executionRoleArn` of an ECS service, `function` and `alias` of functions, `hooks` of a
deployment, both separated by commas; `artifacts`, the bucket of the pipeline that runs a project of this stack; the
values that a state machine reads from its input, by their names there; `DeploymentConfigName` of a group that another
stack has.
"""

RoleUser = Callable[[OfflineStack, str, Mapping[str, Any], Facts], Iterator[ServiceCall]]
"""The calls of a service for one resource: the stack, the resource's logical id and properties, the facts."""
RoleUsers = dict[str, RoleUser]
"""The type of ROLE_USERS in each module of `service_roles/`: the calls by type of resource."""


def calls_in(routine: Routine, role: str, values: Mapping[str, str], endpoint: str = "") -> Iterator[ServiceCall]:
    """The calls of the routine with a role."""
    for name, parameters in routine.operations:
        service, operation = name.split(":")
        yield ServiceCall(service, operation, _filled(parameters, values), role, endpoint)


def _filled(pattern: Any, values: Mapping[str, str]) -> Any:
    """The pattern with the values. An item without a value is left out, such as the role of a task that has none."""
    if isinstance(pattern, Mapping):
        filled = {key: _filled(item, values) for key, item in pattern.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(pattern, list):
        return [_filled(item, values) for item in pattern]
    try:
        return pattern.format(**values)
    except KeyError:
        return None
