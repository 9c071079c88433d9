"""The permissions that one call needs, and the vocabulary of the modules in `needs/`."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.authorization.authorized_calls import CallEnvironment
from generator.cloudformation.offline_stack import Location


class Asked(NamedTuple):
    """An operation, as `service:Operation`, and its parameters."""

    name: str
    parameters: Mapping[str, Any]


class Need(NamedTuple):
    """An action, the resources that it is checked for, and condition keys."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: Mapping[str, str | tuple[str, ...]] = {}


Asks = Callable[[Asked, CallEnvironment], Iterator[Need]]
Needs = dict[str, Asks]
"""The type of NEEDS in each module of `needs/`: the permissions of an operation, by `service:Operation`."""


class UnknownCallError(LookupError):
    """A call that is missing from `needs/`, or that lacks the parameter that names its resource."""


def arn(service: str, resource: str) -> str:
    """The pattern of an ARN in the region and account of the call."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def each_on(resource: str, *operations: str) -> Needs:
    """Operations that need the action of their own name on the one resource."""
    return {operation: asks_for(operation, resource) for operation in operations}


def asks_for(action: str, *resources: str, context: Mapping[str, str] | None = None) -> Asks:
    """An operation that needs one action."""

    def asks(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
        yield needed(call, environment, action, *resources, context=context)

    return asks


def needed(
    call: Asked, environment: CallEnvironment, action: str, *resources: str, context: Mapping[str, str] | None = None
) -> Need:
    """A need, with the parameters of the call in place of {Names}: each member of a list is a resource."""
    parameters, place = call.parameters, environment.place
    arns = tuple(each for resource in resources for each in _filled(resource, parameters, place))
    keys = {key: value for key, text in (context or {}).items() for value in _filled(text, parameters, place)}
    return Need(action, arns, keys)


def through(
    environment: CallEnvironment, service: str, key: str, encrypted: Mapping[str, str], *actions: str
) -> Iterator[Need]:
    """The permissions of KMS that a service needs on behalf of its caller, if there is a key.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    place = environment.place
    context = {"kms:CallerAccount": place.account, "kms:ViaService": f"{service}.{place.region}.amazonaws.com"}
    context |= {f"kms:EncryptionContext:{name}": value for name, value in encrypted.items()}
    yield from (Need(action, (key,), context) for action in actions if key)


def _filled(pattern: str, parameters: Mapping[str, Any], place: Location) -> Iterator[str]:
    names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name and name not in place._fields]
    values = [value if isinstance(value := parameters[name], (list, tuple)) else [value] for name in names]
    for chosen in itertools.product(*values):
        # Where AWS accepts a name it accepts an ARN as well, which is complete.
        given = next((value for value in chosen if str(value).startswith("arn:")), "")
        yield given or pattern.format(**dict(zip(names, chosen, strict=True)), **place._asdict())
