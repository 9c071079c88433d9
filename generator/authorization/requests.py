"""The requests that IAM decides when an API is called: actions, ARNs of resources, condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from functools import cache

from generator.authorization import needs
from generator.authorization.authorized_calls import CallEnvironment, CallLike
from generator.authorization.decisions import Request
from generator.authorization.need import Asked, Needs, UnknownCallError
from generator.model.discovery import merged


@cache
def operations() -> Needs:
    """The permissions that every known operation needs, by `service:Operation`."""
    return merged(needs, "NEEDS")


def requests_of(call: CallLike, environment: CallEnvironment) -> tuple[Request, ...]:
    """Every request that must be allowed for the call to succeed.

    Raises UnknownCallError for an operation that is missing from `needs/`, or without the parameter that names a
    resource.
    """
    name = f"{call.service}:{call.operation}"
    asks = operations().get(name)
    if asks is None:
        raise UnknownCallError(f"{name} is not known: {how_to_add(name)}")
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    always = {
        "aws:RequestedRegion": environment.place.region,
        "aws:ResourceAccount": environment.place.account,
        "aws:SecureTransport": "true",
    }
    try:
        found = tuple(asks(Asked(name, call.parameters), environment))
    except KeyError as error:
        raise UnknownCallError(f"{name} without {error}: on which resource is it asked?") from error
    return tuple(
        Request(principal=call.role, action=need.action, resources=need.resources, context={**always, **need.context})
        for need in found
    )


def how_to_add(operation: str) -> str:
    """The instruction to developers for an operation that is not known."""
    service = operation.partition(":")[0]
    module = {"lambda": "awslambda"}.get(service, service.replace("-", "_"))
    return (
        f"look up the IAM actions of {operation} in the Service Authorization Reference and add it to NEEDS in "
        f"generator/authorization/needs/{module}.py"
    )
