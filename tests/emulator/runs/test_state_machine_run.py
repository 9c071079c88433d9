"""State machines of the Amazon States Language, as the emulator runs them."""

from __future__ import annotations

from typing import Any

import pytest

from generator.emulator.runs.state_machine_run import StateFailedError, error_name, run
from tests.standins.services import Services, refuse


def _client(_service: str) -> Any:
    raise AssertionError("no call is made")


def _ran(states: dict[str, Any], given: Any = None, *, limit: float = 1e9) -> tuple[Any, list[float]]:
    waited: list[float] = []
    machine = {"StartAt": next(iter(states)), "States": states, "TimeoutSeconds": limit}
    return run(machine, given or {}, client=_client, wait=waited.append), waited


def _map(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"StartAt": next(iter(states)), "States": states}
    return {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": processor,
        "ResultPath": "$.out",
        "End": True,
    } | fields


NAME = {"Type": "Pass", "Parameters": {"text.$": "States.Format('<{}>', $)"}, "End": True}
WAIT = {"Type": "Wait", "Seconds": 60, "End": True}
REFUSE_B = {
    "Look": {"Type": "Choice", "Choices": [{"Variable": "$", "StringEquals": "b", "Next": "No"}], "Default": "Yes"},
    "No": {"Type": "Fail", "Error": "NoB", "CausePath": "States.Format('not {}', $)"},
    "Yes": {"Type": "Succeed"},
}


def test_a_map_gives_the_outputs_of_its_iterations() -> None:
    """The input of each is its item; the list goes where ResultPath says."""
    output, _ = _ran({"Each": _map({"Name": NAME})}, {"items": ["a", "b"]})
    assert {"items": ["a", "b"], "out": [{"text": "<a>"}, {"text": "<b>"}]} == output


@pytest.mark.parametrize(("path", "output"), [(None, {"items": ["a"]}), ("$", ["a"]), ("$.items", {"items": ["a"]})])
def test_a_result_is_left_out_or_takes_the_place_of_the_input(path: str | None, output: Any) -> None:
    """ResultPath null hands on the input, $ the result.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html
    """
    yes = {"Yes": {"Type": "Succeed"}}
    assert output == _ran({"Each": _map(yes, ResultPath=path)}, {"items": ["a"]})[0]


def test_an_item_selector_reads_input_and_context() -> None:
    """Paths that begin with $$ are of the context object, which has index and value of the item."""
    selector = {"n.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value.x", "of.$": "$.of", "fixed": "f"}
    each = _map({"Yes": {"Type": "Succeed"}}, ItemSelector=selector)
    output, _ = _ran({"Each": each}, {"items": [{"x": 1}, {"x": 2}], "of": "o"})
    assert [{"n": 0, "v": 1, "of": "o", "fixed": "f"}, {"n": 1, "v": 2, "of": "o", "fixed": "f"}] == output["out"]


def test_an_iteration_that_fails_fails_the_map() -> None:
    """With its own error and cause, as executions in AWS have it: they are not put into another error."""
    with pytest.raises(StateFailedError, match=r"^NoB: not b$"):
        _ran({"Each": _map(REFUSE_B)}, {"items": ["a", "b", "c"]})


@pytest.mark.parametrize("caught", ["States.ALL", "NoB"])
def test_the_error_of_an_iteration_can_be_caught(caught: str) -> None:
    """The input of the Map has the error then, and no output of the iterations before."""
    catch = [{"ErrorEquals": [caught], "ResultPath": "$.failure", "Next": "Done"}]
    output, _ = _ran({"Each": _map(REFUSE_B, Catch=catch), "Done": {"Type": "Succeed"}}, {"items": ["a", "b"]})
    assert {"items": ["a", "b"], "failure": {"Error": "NoB", "Cause": "not b"}} == output


def test_another_error_is_not_caught() -> None:
    """A catcher names the errors that it catches."""
    catch = [{"ErrorEquals": ["Other"], "ResultPath": "$.failure", "Next": "Done"}]
    with pytest.raises(StateFailedError, match=r"^NoB"):
        _ran({"Each": _map(REFUSE_B, Catch=catch), "Done": {"Type": "Succeed"}}, {"items": ["b"]})


def test_what_cannot_be_computed_is_not_caught() -> None:
    """States.ALL does not catch States.Runtime.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    wrong = {"Wrong": {"Type": "Pass", "Parameters": {"a.$": "$.missing"}, "End": True}}
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Done"}]
    with pytest.raises(StateFailedError, match=r"^States\.Runtime"):
        _ran({"Each": _map(wrong, Catch=catch), "Done": {"Type": "Succeed"}}, {"items": [{}]})


@pytest.mark.parametrize(("most", "limit", "ends"), [(1, 121, True), (1, 120, False), (0, 61, True), (0, 60, False)])
def test_iterations_take_the_time_of_all_or_of_the_longest(most: int, limit: float, ends: bool) -> None:  # noqa: FBT001  a column of the table
    """One after the other, or at the same time. The time limit of a machine is caught by nothing."""
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Done"}]
    states = {"Each": _map({"Wait": WAIT}, MaxConcurrency=most, Catch=catch), "Done": {"Type": "Succeed"}}
    if ends:
        assert [60, 60] == _ran(states, {"items": [1, 2]}, limit=limit)[1]
    else:
        with pytest.raises(StateFailedError, match=r"^States\.Timeout"):
            _ran(states, {"items": [1, 2]}, limit=limit)


def test_the_output_of_a_pass_can_be_a_part_of_its_result() -> None:
    """OutputPath comes after ResultPath."""
    cut = {"Type": "Pass", "Parameters": {"b": "c"}, "ResultPath": "$.a", "OutputPath": "$.a.b", "End": True}
    assert "c" == _ran({"Cut": cut}, {})[0]


def test_error_and_cause_of_an_end_can_be_read_from_the_input() -> None:
    """ErrorPath and CausePath.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
    """
    with pytest.raises(StateFailedError, match=r"^E: because$"):
        _ran({"No": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}}, {"e": "E", "c": "because"})


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "InputPath": "$.a", "End": True},
        {"Type": "Wait", "SecondsPath": "$.a", "End": True},
        _map({"Name": NAME}, MaxConcurrency=2),
        _map({"Name": NAME}, ToleratedFailureCount=1),
        _map({"Name": NAME}, ItemProcessor={"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "A", "States": {}}),
        _map({"Name": NAME}, ResultPath="$.a.b"),
    ],
)
def test_what_is_not_emulated_says_so(state: dict[str, Any]) -> None:
    """No field is passed over in silence."""
    with pytest.raises(NotImplementedError):
        _ran({"State": state}, {"items": ["a"]})


def test_a_map_goes_through_a_list() -> None:
    """Anything else is an error that nothing catches."""
    with pytest.raises(StateFailedError, match=r"^States\.Runtime: \$\.items is not a list"):
        _ran({"Each": _map({"Name": NAME})}, {"items": "a"})


@pytest.mark.parametrize(
    ("service", "code", "name"),
    [
        ("codedeploy", "ThrottlingException", "CodeDeploy.ThrottlingException"),
        ("codedeploy", "AccessDeniedException", "CodeDeploy.CodeDeployException"),
        ("lambda", "ResourceNotFoundException", "Lambda.ResourceNotFoundException"),
        ("lambda", "AccessDeniedException", "Lambda.LambdaException"),
        ("ssm", "ParameterNotFound", "Ssm.ParameterNotFoundException"),
        ("ssm", "UnrecognizedClientException", "Ssm.SsmException"),
    ],
)
def test_an_error_of_a_service_has_the_name_that_step_functions_gives_it(service: str, code: str, name: str) -> None:
    """A prefix of the service and a class of AWS's SDK for Java.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    assert name == error_name(Services({}).client(service), code)


def _calling(**retry: Any) -> tuple[Services, list[float]]:
    services, waited = Services({"codedeploy.get_deployment": refuse("ThrottlingException")}), list[float]()
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:codedeploy:getDeployment",
        "Parameters": {"DeploymentId": "d-1"},
        "Retry": [{"IntervalSeconds": 3, "MaxAttempts": 4, **retry}],
        "End": True,
    }
    with pytest.raises(StateFailedError, match=r"^CodeDeploy\.ThrottlingException"):
        run({"StartAt": "Call", "States": {"Call": call}}, {}, client=services.client, wait=waited.append)
    return services, waited


@pytest.mark.parametrize("name", ["Codedeploy.ThrottlingException", "CodeDeploy.throttlingException", "CodeDeploy"])
def test_a_misspelt_error_is_not_tried_again(name: str) -> None:
    """Step Functions compares letter by letter."""
    services, waited = _calling(ErrorEquals=[name])
    assert (1, []) == (len(services.calls), waited)


def test_the_waits_between_attempts_have_a_limit() -> None:
    """Each is twice as long as the one before, up to MaxDelaySeconds.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    assert [3, 6, 10, 10] == _calling(ErrorEquals=["CodeDeploy.ThrottlingException"], MaxDelaySeconds=10)[1]
    assert [3, 6, 12, 24] == _calling(ErrorEquals=["States.TaskFailed"])[1]
