"""Steps of a state machine, run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.components.machine_steps import LOOKS, WIDTH, States, Statuses, call, definition_text, each, fail, follow
from generator.emulator.runs.state_machine_run import StateFailedError, run
from tests.standins.services import Answer, Services, refuse

STATES = Statuses(good=("Active", "Idle *"), waiting=("Pending",), bad=("* Odd",))


def _ran(states: dict[str, Any], given: dict[str, Any], **answers: Answer) -> tuple[Any, Services, list[float]]:
    services = Services({f"lambda.{name}": answer for name, answer in answers.items()})
    waited: list[float] = []
    machine = {"StartAt": next(iter(states)), "States": states}
    return run(machine, given, client=services.client, wait=waited.append), services, waited


def _looking(*, limited: bool = False) -> dict[str, Any]:
    return follow(
        "Function",
        "lambda:getFunctionConfiguration",
        {"FunctionName.$": "$.name"},
        result={"status.$": "$.State"},
        states=STATES,
        then="Done",
        failed=fail("FunctionFailed", "{} is {}", "$.name", "$.seen.status"),
        limited=limited,
    ) | {"Done": {"Type": "Succeed"}}


def _seeing(**more: Any) -> States:
    """A call and its end."""
    see = call(
        "lambda:getFunctionConfiguration",
        {"FunctionName": "a"},
        result={"state.$": "$.State"},
        into="$.seen",
        then="Done",
        **more,
    )
    return {"See": see, "Done": {"Type": "Succeed"}}


def test_a_status_is_followed_until_it_is_good() -> None:
    """It waits between two looks."""
    answers = [{"State": state} for state in ("Pending", "Pending", "Active")]
    output, services, waited = _ran(_looking(), {"name": "a"}, get_function_configuration=lambda _: answers.pop(0))
    assert {"name": "a", "seen": {"status": "Active"}} == output
    assert (3, [15, 15]) == (len(services.calls), waited)


@pytest.mark.parametrize("state", ["Failed", "Unheard", "Idle Odd"])
def test_a_status_that_is_bad_or_unknown_is_the_end(state: str) -> None:
    """With a cause that names thing and status."""
    with pytest.raises(StateFailedError, match=f"^FunctionFailed: a is {state}$"):
        _ran(_looking(), {"name": "a"}, get_function_configuration=lambda _: {"State": state})


@pytest.mark.parametrize("state", ["Active", "Idle Even"])
def test_a_status_can_be_a_pattern(state: str) -> None:
    """One that is good ends the looks."""
    _, _, waited = _ran(_looking(), {"name": "a"}, get_function_configuration=lambda _: {"State": state})
    assert [] == waited


def test_looks_can_be_limited() -> None:
    """After the last one, a status to wait for is the end as well."""
    services = Services({"lambda.get_function_configuration": lambda _: {"State": "Pending"}})
    machine = {"StartAt": "SeeFunction", "States": _looking(limited=True)}
    given = {"name": "a", "looks": {"number": 0}}
    with pytest.raises(StateFailedError, match=r"^FunctionFailed: a is Pending$"):
        run(machine, given, client=services.client, wait=lambda _: None)
    assert LOOKS + 1 == len(services.calls)


def test_an_error_can_have_a_state_of_its_own() -> None:
    """It is caught before all others are."""
    caught = {"Lambda.ResourceNotFoundException": "Missing"}
    states = {
        **_seeing(again_after=("Lambda.ServiceException",), catch="Done", caught=caught),
        "Missing": {"Type": "Fail", "Error": "Missing", "Cause": "a is missing"},
    }
    with pytest.raises(StateFailedError, match=r"^Missing"):
        _ran(states, {}, get_function_configuration=refuse("ResourceNotFoundException"))
    _, services, waited = _ran(states, {}, get_function_configuration=refuse("ServiceException"))
    assert ([3, 6, 12, 24], 5) == (waited, len(services.calls))


def test_a_call_is_tried_again_and_its_error_caught() -> None:
    """Five times; then the state that catches has the error."""
    caught = {"Type": "Fail", "ErrorPath": "$.failure.Error", "Cause": "caught"}
    states = {**_seeing(catch="Caught"), "Caught": caught}
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
    assert '"a"' == definition_text("a")
