"""State machines, run: the states of Amazon States Language that ours are made of, each call made by a client.

https://states-language.net/spec.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from generator.emulator.runs.state_expressions import ExpressionError, evaluated, holds
from generator.emulator.runs.state_integrations import INTEGRATIONS, IntegrationError


class StateFailedError(Exception):
    """The execution fails; the text says error and cause, as the execution shows them."""


def run(
    definition: Mapping[str, Any],
    given: dict[str, Any],
    *,
    client: Callable[[str], Any],
    wait: Callable[[float], object],
) -> dict[str, Any]:
    """The output of one execution. `client` gives a client of boto3 for a service, `wait` lets seconds pass.

    A wait counts towards the time limit of the machine; what a retry waits does so as well.
    """
    try:
        return _run(definition, given, client, wait)
    except ExpressionError as error:
        raise StateFailedError(f"States.Runtime: {error}") from error


def _run(
    definition: Mapping[str, Any],
    given: dict[str, Any],
    client: Callable[[str], Any],
    wait: Callable[[float], object],
) -> dict[str, Any]:
    data, name, left = copy.deepcopy(given), definition["StartAt"], definition.get("TimeoutSeconds", float("inf"))

    def pause(seconds: float) -> None:
        nonlocal left
        left -= seconds
        if left <= 0:
            raise StateFailedError(f"States.Timeout: in {name}")
        wait(seconds)

    while True:
        state = definition["States"][name]
        if state["Type"] == "Fail":
            cause = evaluated(state["CausePath"], data) if "CausePath" in state else state["Cause"]
            raise StateFailedError(f"{state['Error']}: {cause}")
        if state["Type"] == "Succeed":
            return data
        if state["Type"] == "Wait":
            pause(state["Seconds"])
        elif state["Type"] == "Pass":
            _put(data, state["ResultPath"], _filled(state["Parameters"], data))
        elif state["Type"] == "Task":
            name = _did_task(state, data, client, pause)
            continue
        name = _chosen(state, data) if state["Type"] == "Choice" else state["Next"]


def _did_task(
    state: Mapping[str, Any], data: dict[str, Any], client: Callable[[str], Any], pause: Callable[[float], object]
) -> str:
    """Make the call of a Task state and put its result into the data: the name of the next state."""
    try:
        result = _called(state, _filled(state["Parameters"], data), client, pause)
    except StateFailedError as error:
        if (catcher := _catcher(state, error)) is None:
            raise
        told, _, cause = str(error).partition(": ")
        _put(data, catcher["ResultPath"], {"Error": told, "Cause": cause})
        return str(catcher["Next"])
    selected = _filled(state["ResultSelector"], result) if "ResultSelector" in state else result
    _put(data, state["ResultPath"], selected)
    return str(state["Next"])


def _catcher(state: Mapping[str, Any], error: StateFailedError) -> Mapping[str, Any] | None:
    """The next state after an error.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    name = str(error).partition(": ")[0]
    for catcher in state.get("Catch", ()):
        if {"States.ALL", name} & set(catcher["ErrorEquals"]):
            return dict(catcher)
    return None


def _called(
    state: Mapping[str, Any], parameters: dict[str, Any], client: Callable[[str], Any], pause: Callable[[float], object]
) -> Any:
    """The answer of the call, tried again as the state says; keys are in the case that Step Functions gives them."""
    integration = state["Resource"].rpartition(":::")[2]
    if integration in INTEGRATIONS:
        return _integrated(integration, parameters, client)
    service, operation = state["Resource"].rpartition("aws-sdk:")[2].split(":")
    call = getattr(client(service), re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower())
    members = _members(client(service), operation)
    arguments = _renamed(parameters, members)
    (retry,) = state["Retry"]
    seconds = retry["IntervalSeconds"]
    for attempt in range(retry["MaxAttempts"] + 1):
        try:
            return _pascal({key: value for key, value in call(**arguments).items() if key != "ResponseMetadata"})
        except ClientError as error:
            code = f"{service[:1].upper()}{service[1:]}.{error.response['Error']['Code']}"
            again = any(
                name in ("States.TaskFailed", "States.ALL") or name.lower() == code.lower()
                for name in retry["ErrorEquals"]
            )
            if attempt == retry["MaxAttempts"] or not again:
                raise StateFailedError(f"{service.capitalize()}.{error.response['Error']['Code']}: {error}") from error
            pause(seconds)
            seconds *= retry.get("BackoffRate", 2)
    raise AssertionError("the last attempt returns or raises")


def _integrated(integration: str, parameters: dict[str, Any], client: Callable[[str], Any]) -> Any:
    """The answer of an optimized integration. A refusal of the service is an error of that service."""
    try:
        return INTEGRATIONS[integration](client, parameters)
    except IntegrationError as error:
        raise StateFailedError(str(error)) from error
    except ClientError as error:
        service = integration.partition(":")[0]
        raise StateFailedError(f"{service.upper()}.{error.response['Error']['Code']}: {error}") from error


def _members(client: Any, operation: str) -> Any:
    return client.meta.service_model.operation_model(operation[:1].upper() + operation[1:]).input_shape


def _renamed(value: Any, shape: Any) -> Any:
    """Parameters as boto3 names them: Step Functions writes every name with a capital."""
    if shape.type_name == "structure":
        names = {name[:1].upper() + name[1:]: name for name in shape.members}
        return {names[key]: _renamed(inner, shape.members[names[key]]) for key, inner in value.items()}
    return [_renamed(item, shape.member) for item in value] if shape.type_name == "list" else value


def _pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _pascal(inner) for key, inner in value.items()}
    return [_pascal(item) for item in value] if isinstance(value, list) else value


def _chosen(state: Mapping[str, Any], data: Any) -> str:
    return str(next((choice["Next"] for choice in state["Choices"] if holds(choice, data)), state["Default"]))


def _filled(template: Any, data: Any) -> Any:
    """Parameters with their paths looked up: a key that ends in `.$` holds a path or an intrinsic function."""
    if isinstance(template, dict):
        return {
            key.removesuffix(".$"): evaluated(value, data) if key.endswith(".$") else _filled(value, data)
            for key, value in template.items()
        }
    return [_filled(item, data) for item in template] if isinstance(template, list) else template


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    data[path.removeprefix("$.")] = value
