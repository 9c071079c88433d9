"""What an operation of the emulator's own works with, and how its result becomes a response."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from generator.cloudformation.errors import RefusedError
from generator.emulator import services
from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.clients import INSIDE, Clients
from generator.model.discovery import merged


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where one call is worked on."""

    call: Call
    shelf: dict[str, Any]
    """What the service remembers of the account and region."""
    clients: Clients

    def client(self, service: str, *, agent: str = "") -> Any:
        """A client that acts with the caller's rights."""
        return self.clients.get(service, access_key=self.call.access_key, region=self.call.region, agent=agent)

    def inside(self, service: str) -> Any:
        """A client for what AWS does by itself."""
        return self.clients.get(service, access_key=INSIDE, region=self.call.region)


Operation = Callable[[Desk], Mapping[str, Any]]


@functools.cache
def operations() -> dict[str, Operation]:
    """Every operation that the emulator answers itself."""
    return merged(services, "OPERATIONS")


def answer(desk: Desk, operation: Operation) -> Answer:
    """The response to a call, in the protocol of its service."""
    try:
        result = operation(desk)
    except RefusedError as error:
        return refusal(desk.call, error.code, str(error), status=error.status)
    except ServiceException as error:
        return refusal(desk.call, error.code, error.message)
    except JsonRESTError as error:
        return refusal(desk.call, error.error_type, error.message, status=error.code)
    model = get_service_model(desk.call.client)
    serializer = get_serializer_class(model.service_name, desk.call.protocol)
    response = serializer(model.operation_model(desk.call.operation)).serialize(result)
    content_type = response["headers"].get("Content-Type", "application/json")
    return Answer(response["status_code"], str(response["body"]).encode(), content_type=content_type)
