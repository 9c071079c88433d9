"""What a service does with a role in one go, written down as data with the AWS page that lists it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.authorization.authorized_calls import ServiceCall
from generator.cloudformation.offline_stack import OfflineStack


class Routine(NamedTuple):
    """Operations with parameters, in which {Names} are values of what the service works on, and AWS's page."""

    page: str
    operations: tuple[tuple[str, Mapping[str, Any]], ...]


Facts = Callable[[str], Mapping[str, str]]
"""What a stack does not know of what it deploys to, by the name of a stage, deployment group or state machine.

`family`, `taskRoleArn` and `executionRoleArn` of an ECS service, `function` and `alias` of a function, `hooks` of a
deployment, separated by commas; `artifacts`, the bucket of the pipeline that runs a project of this stack; what a state
machine reads from its input, by its name there; `DeploymentConfigName` of a group that another stack has.
"""

RoleUser = Callable[[OfflineStack, str, Mapping[str, Any], Facts], Iterator[ServiceCall]]
"""The calls of a service for one resource: the stack, the resource's logical id and properties, the facts."""
RoleUsers = dict[str, RoleUser]
"""What each module of `service_roles/` gives, by type of resource."""


def calls_in(routine: Routine, role: str, values: Mapping[str, str], endpoint: str = "") -> Iterator[ServiceCall]:
    """The calls of the routine with a role."""
    for name, parameters in routine.operations:
        service, operation = name.split(":")
        yield ServiceCall(service, operation, _filled(parameters, values), role, endpoint)


def _filled(pattern: Any, values: Mapping[str, str]) -> Any:
    """The pattern with the values. What has no value is left out: a task without a role of its own."""
    if isinstance(pattern, Mapping):
        filled = {key: _filled(item, values) for key, item in pattern.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(pattern, list):
        return [_filled(item, values) for item in pattern]
    try:
        return pattern.format(**values)
    except KeyError:
        return None
