"""Steps of a state machine in which Step Functions itself calls AWS's API.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

States = dict[str, dict[str, Any]]
SECONDS_BETWEEN_LOOKS = 15
LOOKS = 48  # where they are limited: for twelve minutes
DOUBLED = 4  # up to this number, the waits between attempts stay below a minute
NOTHING: Mapping[str, str] = MappingProxyType({})
WIDTH = 120  # of a line of a definition, on which each quote becomes two characters in a template
CALLS = "arn:${AWS::Partition}:states:::aws-sdk:"


class Statuses(NamedTuple):
    """The statuses of a resource to continue with, and those to wait for. Each other one is final.

    One with * is a pattern; `bad` are those that a pattern of good ones would match.
    """

    good: tuple[str, ...]
    waiting: tuple[str, ...]
    bad: tuple[str, ...] = ()


def call(
    operation: str,
    parameters: Mapping[str, Any],
    *,
    result: Mapping[str, str],
    into: str | None,
    then: str,
    again_after: tuple[str, ...] = ("States.TaskFailed",),
    retries: int = 4,
    catch: str = "",
    caught: Mapping[str, str] = NOTHING,
) -> dict[str, Any]:
    """A call; after 3 seconds it is tried again, then after 6, 12 and so on, up to a minute.

    `catch` is the state that follows if it still fails, with its `$.failure`; `caught` are those that follow errors of
    these names.
    """
    return {
        "Type": "Task",
        "Resource": CALLS + operation,
        "Parameters": dict(parameters),
        "ResultSelector": dict(result),
        "ResultPath": into,
        "Retry": [
            {
                "ErrorEquals": list(again_after),
                "IntervalSeconds": 3,
                "MaxAttempts": retries,
                **({"MaxDelaySeconds": 60} if retries > DOUBLED else {}),
            }
        ],
        **_catch(catch, caught),
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
    retries: int = 4,
    limited: bool = True,
) -> States:
    """Look again as long as the status is one to wait for. One that is not good, or that is not known, is the end.

    Those to wait for come first.

    If the looks are limited, `$.looks.number` counts them: after the last one, a status to wait for is the end as well.
    """

    def status(name: str) -> dict[str, str]:
        return {"Variable": "$.seen.status", "StringMatches" if "*" in name else "StringEquals": name}

    more = {"Variable": "$.looks.number", "NumericLessThan": LOOKS}
    count = {
        "Type": "Pass",
        "Parameters": {"number.$": "States.MathAdd($.looks.number, 1)"},
        "ResultPath": "$.looks",
        "Next": f"See{what}",
    }
    again = f"Count{what}" if limited else f"See{what}"
    wait = f"WaitFor{what}"
    return {
        f"See{what}": call(operation, parameters, result=result, into="$.seen", then=f"Is{what}Done", retries=retries),
        f"Is{what}Done": {
            "Type": "Choice",
            "Choices": [
                *(
                    {**({"And": [status(name), more]} if limited else status(name)), "Next": wait}
                    for name in states.waiting
                ),
                *({**status(name), "Next": f"{what}Failed"} for name in states.bad),
                *({**status(name), "Next": then} for name in states.good),
            ],
            "Default": f"{what}Failed",
        },
        wait: {"Type": "Wait", "Seconds": SECONDS_BETWEEN_LOOKS, "Next": again},
        **({again: count} if limited else {}),
        f"{what}Failed": failed,
    }


def each(
    items: str,
    states: States,
    *,
    item: Mapping[str, Any],
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


def _catch(then: str, caught: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    ends = {**caught, **({"States.ALL": then} if then else {})}
    catchers = [{"ErrorEquals": [error], "ResultPath": "$.failure", "Next": end} for error, end in ends.items()]
    return {"Catch": catchers} if catchers else {}
