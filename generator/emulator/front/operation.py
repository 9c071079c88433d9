"""The context of an operation that the emulator answers itself, and the conversion of its result to a response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.model import OperationModel
from moto.core.base_backend import SERVICE_BACKEND, BackendDict
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from moto.utilities.utils import get_partition

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class OperationContext:
    """The environment of one call."""

    call: Call
    cloud: Emulator
    """The emulated AWS, in the account and region of the call."""

    def memory(self, kind: type[T]) -> T:
        """The record of this type in the account and region of the call."""
        return self.cloud.memory(kind, account=self.call.account)

    def backend(self, backends: BackendDict[SERVICE_BACKEND]) -> SERVICE_BACKEND:
        """The state that moto has of a service in the account and region of the call."""
        return backends[self.call.account][self.call.region]

    def client(self, service: str, *, agent: str = "") -> Any:
        """A client with the caller's permissions; `agent` is the service that calls on the caller's behalf."""
        return self.cloud.client_with(self.call.access_key, service, agent=agent)

    def inside(self, service: str) -> Any:
        """A client for AWS's internal calls."""
        return self.cloud.inside(service)

    def arn(self, resource: str) -> str:
        """The ARN of a resource of the called service, in the account and region of the call."""
        call = self.call
        return f"arn:{get_partition(call.region)}:{call.service}:{call.region}:{call.account}:{resource}"


Operation = Callable[[OperationContext], Mapping[str, Any]]
"""Answers a call with the output that the API documents, or raises RefusedError."""


def answer(context: OperationContext, operation: Operation) -> Answer:
    """The response to a call, in the protocol of its service."""
    try:
        result = operation(context)
    except RefusedError as error:
        return refusal(context.call, error.code, str(error), status=error.status)
    except ServiceException as error:
        return refusal(context.call, error.code, error.message)
    except JsonRESTError as error:
        return refusal(context.call, error.error_type, error.message, status=error.code)
    model = get_service_model(context.call.client)
    operation_model = model.operation_model(context.call.operation)
    serializer = get_serializer_class(model.service_name, context.call.protocol)
    # A result may hold records of moto, whose attributes are spelled as in Python.
    response = serializer(operation_model, value_picker=XFormedAttributePicker()).serialize(result)
    headers = response["headers"]
    content_type = headers.pop("Content-Type", "application/json")
    body = response["body"]
    return Answer(
        _status(operation_model, result) or response["status_code"],
        body if isinstance(body, bytes) else str(body).encode(),
        content_type=content_type,
        headers=tuple(headers.items()),
    )


def _status(operation: OperationModel, result: Mapping[str, Any]) -> int:
    """The HTTP status in the result, or 0: moto's serializers do not look for it.

    https://smithy.io/2.0/spec/http-bindings.html#httpresponsecode-trait
    """
    members = operation.output_shape.members if operation.output_shape else {}
    names = [name for name, shape in members.items() if shape.serialization.get("location") == "statusCode"]
    return next((int(result[name]) for name in names if name in result), 0)
