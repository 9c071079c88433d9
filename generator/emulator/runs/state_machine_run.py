"""State machines, run: the states of Amazon States Language that ours are made of, each call made by a client.

https://states-language.net/spec.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from generator.emulator.runs.state_expressions import ExpressionError, at, evaluated, holds
from generator.emulator.runs.state_integrations import INTEGRATIONS, IntegrationError

# The fields of each type of state that are emulated. Anything else in a definition is an error, so that no success is
# false. https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
_COMMON = {"Type", "Next", "End"}
_FIELDS = {
    "Choice": {"Type", "Choices", "Default"},
    "Fail": {"Type", "Error", "ErrorPath", "Cause", "CausePath"},
    "Map": {
        *_COMMON,
        *("ItemsPath", "ItemSelector", "ItemProcessor", "MaxConcurrency", "ResultPath", "Catch"),
    },
    "Pass": {*_COMMON, "Parameters", "ResultPath", "OutputPath"},
    "Succeed": {"Type"},
    "Task": {
        *_COMMON,
        *("Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "TimeoutSeconds"),
    },
    "Wait": {*_COMMON, "Seconds"},
}
ONE_BY_ONE, ALL_AT_ONCE = 1, 0  # MaxConcurrency
# What the names of errors begin with, by the service of the integration (the column "Exception prefix").
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
PREFIXES = {"codedeploy": "CodeDeploy", "lambda": "Lambda", "ssm": "Ssm"}


class StateFailedError(Exception):
    """A state fails, and with it the execution unless something catches it; the text says error and cause."""


class MachineTimedOutError(StateFailedError):
    """The execution has run for longer than its machine may: no state catches this."""


@dataclass
class _Clock:
    """The seconds that the machine has left. What a retry waits counts as well as what a state waits."""

    left: float
    wait: Callable[[float], object]

    def pause(self, seconds: float) -> None:
        self.left -= seconds
        if self.left <= 0:
            raise MachineTimedOutError("States.Timeout: the state machine has reached its time limit")
        self.wait(seconds)


@dataclass(frozen=True)
class _Execution:
    """Client and clock of an execution, and the context object of the states in a Map."""

    client: Callable[[str], Any]
    clock: _Clock
    context: Mapping[str, Any] = field(default_factory=dict)

    def filled(self, template: Any, data: Any) -> Any:
        """Parameters with their paths looked up: a key that ends in `.$` holds a path or an intrinsic function."""
        if isinstance(template, dict):
            return {
                key.removesuffix(".$"): evaluated(value, data, self.context)
                if key.endswith(".$")
                else self.filled(value, data)
                for key, value in template.items()
            }
        return [self.filled(item, data) for item in template] if isinstance(template, list) else template


def run(
    definition: Mapping[str, Any],
    given: dict[str, Any],
    *,
    client: Callable[[str], Any],
    wait: Callable[[float], object],
) -> Any:
    """The output of one execution. `client` gives a client of boto3 for a service, `wait` lets seconds pass.

    A wait counts towards the time limit of the machine; what a retry waits does so as well.
    """
    clock = _Clock(definition.get("TimeoutSeconds", float("inf")), wait)
    try:
        return _run(definition, given, _Execution(client, clock))
    except ExpressionError as error:
        raise StateFailedError(f"States.Runtime: {error}") from error


def _run(machine: Mapping[str, Any], given: Any, execution: _Execution) -> Any:
    """The output of the states of a machine, or of those of one iteration of a Map."""
    data, name = copy.deepcopy(given), machine["StartAt"]
    while True:
        state = machine["States"][name]
        kind = state["Type"]
        if unknown := state.keys() - _FIELDS[kind]:
            raise NotImplementedError(f"state {name}: not run here: {', '.join(sorted(unknown))}")
        if kind == "Fail":
            raise StateFailedError(f"{_said(state, 'Error', data)}: {_said(state, 'Cause', data)}")
        if kind == "Succeed":
            return data
        if kind == "Choice":
            name = _chosen(state, data)
            continue
        data, then = _STEPS[kind](state, data, execution)
        if then is None:
            return data
        name = then


def _said(state: Mapping[str, Any], name: str, data: Any) -> str:
    """Error or cause of a Fail state.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
    """
    return str(evaluated(state[f"{name}Path"], data) if f"{name}Path" in state else state[name])


def _then(state: Mapping[str, Any]) -> str | None:
    """The name of the next state; nothing after a state that ends the machine or the iteration."""
    return None if state.get("End") else str(state["Next"])


def _wait(state: Mapping[str, Any], data: Any, execution: _Execution) -> tuple[Any, str | None]:
    execution.clock.pause(state["Seconds"])
    return data, _then(state)


def _pass(state: Mapping[str, Any], data: Any, execution: _Execution) -> tuple[Any, str | None]:
    result = execution.filled(state["Parameters"], data) if "Parameters" in state else data
    return at(_put(data, state, result), state.get("OutputPath", "$")), _then(state)


def _task(state: Mapping[str, Any], data: Any, execution: _Execution) -> tuple[Any, str | None]:
    """Make the call of a Task state and put its result into the data."""
    try:
        result = _called(state, execution.filled(state["Parameters"], data), execution)
    except StateFailedError as error:
        return _caught(state, data, error)
    selected = execution.filled(state["ResultSelector"], result) if "ResultSelector" in state else result
    return _put(data, state, selected), _then(state)


def _map(state: Mapping[str, Any], data: Any, execution: _Execution) -> tuple[Any, str | None]:
    """Run the states of an inline Map once for each item, and put what each run ends with into a list.

    An iteration that fails fails the Map, whose error and cause are then those of the iteration. Iterations that
    Step Functions would run at the same time run one after the other, and the time that passes is that of the longest:
    those after one that fails do not begin, where Step Functions would stop them at some step.
    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
    """
    items, most = at(data, state["ItemsPath"]), state.get("MaxConcurrency", ALL_AT_ONCE)
    mode = state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode", "INLINE")
    if most not in (ONE_BY_ONE, ALL_AT_ONCE) or mode != "INLINE":
        raise NotImplementedError(f"a Map with MaxConcurrency {most}, in mode {mode}")
    if not isinstance(items, list):
        raise ExpressionError(f"{state['ItemsPath']} is not a list")
    outputs, clock, left = [], execution.clock, [execution.clock.left]
    for index, item in enumerate(items):
        own = clock if most == ONE_BY_ONE else replace(clock)
        one = replace(execution, clock=own, context={"Map": {"Item": {"Index": index, "Value": item}}})
        given = one.filled(state["ItemSelector"], data) if "ItemSelector" in state else item
        try:
            outputs.append(_run(state["ItemProcessor"], given, one))
        except StateFailedError as error:
            clock.left = min(*left, own.left)
            return _caught(state, data, error)
        left.append(own.left)
    clock.left = min(left)
    return _put(data, state, outputs), _then(state)


_STEPS: Mapping[str, Callable[[Mapping[str, Any], Any, _Execution], tuple[Any, str | None]]] = {
    "Map": _map,
    "Pass": _pass,
    "Task": _task,
    "Wait": _wait,
}


def _caught(state: Mapping[str, Any], data: Any, error: StateFailedError) -> tuple[Any, str | None]:
    """The data with the error, and the next state after it; without a catcher for it, the error is raised.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    name, _, cause = str(error).partition(": ")
    for catcher in state.get("Catch", ()):
        if {"States.ALL", name} & set(catcher["ErrorEquals"]) and not isinstance(error, MachineTimedOutError):
            return _put(data, catcher, {"Error": name, "Cause": cause}), str(catcher["Next"])
    raise error


def _called(state: Mapping[str, Any], parameters: dict[str, Any], execution: _Execution) -> Any:
    """The answer of the call, tried again as the state says; keys are in the case that Step Functions gives them."""
    client = execution.client
    integration = state["Resource"].rpartition(":::")[2]
    if integration in INTEGRATIONS:
        return _integrated(integration, parameters, client)
    service, operation = state["Resource"].rpartition("aws-sdk:")[2].split(":")
    call = getattr(client(service), re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower())
    members = _members(client(service), operation)
    arguments = _renamed(parameters, members)
    (retry,) = state["Retry"]
    seconds, longest = retry["IntervalSeconds"], retry.get("MaxDelaySeconds", float("inf"))
    for attempt in range(retry["MaxAttempts"] + 1):
        try:
            return _pascal({key: value for key, value in call(**arguments).items() if key != "ResponseMetadata"})
        except ClientError as error:
            name = error_name(client(service), str(error.response["Error"]["Code"]))
            again = {"States.TaskFailed", "States.ALL", name} & set(retry["ErrorEquals"])
            if attempt == retry["MaxAttempts"] or not again:
                raise StateFailedError(f"{name}: {error}") from error
            execution.clock.pause(min(seconds, longest))
            seconds *= retry.get("BackoffRate", 2)
    raise AssertionError("the last attempt returns or raises")


def error_name(client: Any, code: str) -> str:
    """The name of a service's error in Retry and Catch, which compare it letter by letter.

    It is that of the class in AWS's SDK for Java: each ends in Exception. Errors that the service's model lacks, such
    as that of a missing permission, have the name of the service.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/handling-exceptions.html
    """
    model = client.meta.service_model
    prefix = PREFIXES[model.service_name]
    modelled = {shape.metadata.get("error", {}).get("code", shape.name): shape.name for shape in model.error_shapes}
    return f"{prefix}.{modelled.get(code, prefix).removesuffix('Exception')}Exception"


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


def _put(data: Any, state: Mapping[str, Any], value: Any) -> Any:
    """The data with a value at the ResultPath of a state or of a catcher: the value alone, the data alone, or both.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html
    """
    path = state.get("ResultPath", "$")
    if path in ("$", None):
        return data if path is None else value
    name = re.fullmatch(r"\$\.(\w+)", path)
    if not name or not isinstance(data, dict):
        raise NotImplementedError(f"the ResultPath {path}")
    return {**data, name[1]: value}
