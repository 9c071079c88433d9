"""Steps of a state machine in which Step Functions itself calls AWS's API.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

States = dict[str, dict[str, Any]]
WIDTH = 100  # of a line of a definition, on which each quote becomes two characters in a template
CALLS = "arn:${AWS::Partition}:states:::aws-sdk:"


class Statuses(NamedTuple):
    """Every documented status of a resource: those to continue with, those to wait for, and those that are final."""

    good: tuple[str, ...]
    waiting: tuple[str, ...]
    bad: tuple[str, ...]


def call(
    operation: str,
    parameters: Mapping[str, Any],
    *,
    result: Mapping[str, str],
    into: str,
    then: str,
    again_after: str = "States.TaskFailed",
    retries: int = 4,
    catch: str = "",
) -> dict[str, Any]:
    """A call; after 3 seconds it is tried again, then after 6, 12 and 24.

    `catch` is the state that follows if it still fails, with its `$.failure`.
    """
    return {
        "Type": "Task",
        "Resource": CALLS + operation,
        "Parameters": dict(parameters),
        "ResultSelector": dict(result),
        "ResultPath": into,
        "Retry": [{"ErrorEquals": [again_after], "IntervalSeconds": 3, "MaxAttempts": retries}],
        **_catch(catch),
        "Next": then,
    }


def follow(
    what: str,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    result: Mapping[str, str],
    states: Statuses,
    then: str,
    failed: dict[str, Any],
    seconds: int = 5,
    retries: int = 4,
) -> States:
    """Look again as long as the status is one to wait for. One that is not good, or that is not known, is the end."""
    ends = [
        *((status, then) for status in states.good),
        *((status, f"WaitFor{what}") for status in states.waiting),
    ]
    return {
        f"See{what}": call(operation, parameters, result=result, into="$.seen", then=f"Is{what}Done", retries=retries),
        f"Is{what}Done": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen.status", "StringEquals": status, "Next": end} for status, end in ends],
            "Default": f"{what}Failed",
        },
        f"WaitFor{what}": {"Type": "Wait", "Seconds": seconds, "Next": f"See{what}"},
        f"{what}Failed": failed,
    }


def each(
    items: str,
    states: States,
    *,
    item: Mapping[str, str],
    then: str,
    into: str | None,
    one_by_one: bool = False,
    catch: str = "",
) -> dict[str, Any]:
    """Go through the states, of which the first is the start, for each of the items; put the outputs into a list.

    The first that fails stops the others, and fails this state. Error and cause are those of the iteration, as in a
    recorded execution.
    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
    https://github.com/localstack/localstack/blob/main/tests/aws/services/stepfunctions/v2/scenarios/test_base_scenarios.snapshot.json
    """
    return {
        "Type": "Map",
        "ItemsPath": items,
        "ItemSelector": dict(item),
        **({"MaxConcurrency": 1} if one_by_one else {}),
        "ItemProcessor": {"StartAt": next(iter(states)), "States": states},
        "ResultPath": into,
        **_catch(catch),
        "Next": then,
    }


def fail(error: str, cause: str, *values: str) -> dict[str, Any]:
    """The end, with a cause in which {} are values of the state.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
    """
    return {"Type": "Fail", "Error": error, "CausePath": text(cause, *values)}


def text(pattern: str, *values: str) -> str:
    """A call that puts values of the state into the places {} of a text."""
    return f"States.Format('{pattern}', {', '.join(values)})"


def definition_text(value: Any, indent: int = 0, key: str = "") -> str:
    """A definition as JSON. An object or list that fits on a line stays on one."""
    line = f"{key}{json.dumps(value)}"
    if not isinstance(value, (dict, list)) or indent + len(line) <= WIDTH:
        return line
    named = value.items() if isinstance(value, dict) else (("", item) for item in value)
    items = [definition_text(item, indent + 1, f"{json.dumps(name)}: " if name else "") for name, item in named]
    start, end = "{}" if isinstance(value, dict) else "[]"
    space = "\n" + " " * indent
    return f"{key}{start}{space} " + f",{space} ".join(items) + f"{space}{end}"


def _catch(then: str) -> dict[str, Any]:
    return {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": then}]} if then else {}
