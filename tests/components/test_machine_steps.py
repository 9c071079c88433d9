"""Steps of a state machine, run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.components.machine_steps import WIDTH, Statuses, call, definition_text, each, fail, follow
from generator.emulator.runs.state_machine_run import StateFailedError, run
from tests.standins.services import Answer, Services, refuse

STATES = Statuses(good=("Active",), waiting=("Pending",), bad=("Failed",))


def _ran(states: dict[str, Any], given: dict[str, Any], **answers: Answer) -> tuple[Any, Services, list[float]]:
    services = Services({f"lambda.{name}": answer for name, answer in answers.items()})
    waited: list[float] = []
    machine = {"StartAt": next(iter(states)), "States": states}
    return run(machine, given, client=services.client, wait=waited.append), services, waited


def _looking(seconds: int = 5) -> dict[str, Any]:
    return follow(
        "Function",
        "lambda:getFunctionConfiguration",
        {"FunctionName.$": "$.name"},
        result={"status.$": "$.State"},
        states=STATES,
        then="Done",
        failed=fail("FunctionFailed", "{} is {}", "$.name", "$.seen.status"),
        seconds=seconds,
    ) | {"Done": {"Type": "Succeed"}}


def test_a_status_is_followed_until_it_is_good() -> None:
    """It waits for the given time between two looks."""
    answers = [{"State": state} for state in ("Pending", "Pending", "Active")]
    output, services, waited = _ran(_looking(7), {"name": "a"}, get_function_configuration=lambda _: answers.pop(0))
    assert {"name": "a", "seen": {"status": "Active"}} == output
    assert (3, [7, 7]) == (len(services.calls), waited)


@pytest.mark.parametrize("state", ["Failed", "Unheard"])
def test_a_status_that_is_bad_or_unknown_is_the_end(state: str) -> None:
    """With a cause that names thing and status."""
    with pytest.raises(StateFailedError, match=f"^FunctionFailed: a is {state}$"):
        _ran(_looking(), {"name": "a"}, get_function_configuration=lambda _: {"State": state})


def test_a_call_is_tried_again_and_its_error_caught() -> None:
    """Five times; then the state that catches has the error."""
    states = {
        "See": call(
            "lambda:getFunctionConfiguration",
            {"FunctionName": "a"},
            result={"state.$": "$.State"},
            into="$.seen",
            then="Done",
            catch="Caught",
        ),
        "Caught": {"Type": "Fail", "ErrorPath": "$.failure.Error", "Cause": "caught"},
        "Done": {"Type": "Succeed"},
    }
    services = Services({"lambda.get_function_configuration": refuse("TooManyRequestsException")})
    with pytest.raises(StateFailedError, match=r"^Lambda\.TooManyRequestsException: caught$"):
        run({"StartAt": "See", "States": states}, {}, client=services.client, wait=lambda _: None)
    assert 5 == len(services.calls)


def test_each_item_goes_through_the_states() -> None:
    """Each iteration has what the item selector gives it; the outputs become a list."""
    states = {
        "Look": each(
            "$.names", _looking(), item={"name.$": "$$.Map.Item.Value"}, then="Done", into="$.looked", one_by_one=True
        ),
        "Done": {"Type": "Succeed"},
    }
    output, services, _ = _ran(states, {"names": ["a", "b"]}, get_function_configuration=lambda _: {"State": "Active"})
    assert ["a", "b"] == [given["FunctionName"] for _, given in services.calls]
    assert [{"name": name, "seen": {"status": "Active"}} for name in "ab"] == output["looked"]


def test_a_definition_is_written_in_lines_that_fit() -> None:
    """Short objects stay on one line; the text is the same definition."""
    definition = {"States": {"Wait": {"Type": "Wait", "Seconds": 5}, **_looking()}}
    text = definition_text(definition)
    assert definition == json.loads(text)
    assert '  "Wait": {"Type": "Wait", "Seconds": 5},' in text.splitlines()
    assert WIDTH >= max(map(len, text.splitlines()))
    assert ["{}", "[]", '"a"'] == [definition_text(value) for value in ({}, [], "a")]
