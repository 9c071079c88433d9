"""Custom resources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.small_stacks import Stacks

pytestmark = pytest.mark.slow

CODE = """
import cfnresponse

def handler(event, context):
    properties = event["ResourceProperties"]
    print(event["RequestType"], properties, event.get("OldResourceProperties"))
    how = cfnresponse.FAILED if properties["Mood"] == "bad" else cfnresponse.SUCCESS
    if properties["Mood"] != "silent":
        cfnresponse.send(event, context, how, {"Count": properties["Count"]}, properties.get("Id"), reason="no mood")
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def sections(**properties: Any) -> dict[str, Any]:
    """A stack with a custom resource whose function behaves as its property says."""
    function = {
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Timeout": 30,
        "Code": {"ZipFile": CODE},
    }
    custom = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "ServiceTimeout": 1, "Mood": "good", **properties}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "It": {"Type": "Custom::Mood", "Properties": custom},
        },
        "Outputs": {"Count": {"Value": {"Fn::GetAtt": ["It", "Count"]}}, "Id": {"Value": {"Ref": "It"}}},
    }


def requests(stacks: Stacks) -> list[str]:
    """The requests to the functions, in order: a function's log has them."""
    logs = stacks.aws.inside("logs")
    groups = [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]
    events = [event for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]]
    return [event["message"].split()[0] for event in events if event["message"].startswith(("Cre", "Upd", "Del"))]


def test_a_function_makes_changes_and_deletes_it(stacks: Stacks) -> None:
    """The function runs for each request with every property as text, and gives attributes and an id."""
    assert "CREATE_COMPLETE" == stacks.make(**sections(Count=1, On=True, Id="one")), stacks.reasons()
    assert {"Count": "1", "Id": "one"} == stacks.outputs()
    assert "UPDATE_COMPLETE" == stacks.make(**sections(Count=2, Id="one"))
    assert {"Count": "2", "Id": "one"} == stacks.outputs()
    assert "DELETE_COMPLETE" == stacks.delete()
    invoked = [call for call in stacks.aws.calls if call.operation == "Invoke"]
    assert ["Create", "Update", "Delete"] == [kind(call.parameters["Payload"]) for call in invoked]
    assert {"cloudformation"} == {call.via for call in invoked}


def kind(payload: bytes) -> str:
    """The type of a request to a function."""
    import json

    return str(json.loads(payload)["RequestType"])


def test_another_id_is_another_resource_and_the_old_one_is_deleted(stacks: Stacks) -> None:
    """When an update returns another id, the function is called afterwards to delete the old one."""
    stacks.make(**sections(Count=1, Id="one"))
    assert "UPDATE_COMPLETE" == stacks.make(**sections(Count=1, Id="two"))
    assert {"Count": "1", "Id": "two"} == stacks.outputs()
    assert "It DELETE_COMPLETE" in stacks.history()


def test_it_stays_with_its_function(stacks: Stacks) -> None:
    """CloudFormation refuses to give it to another function, and rolls back."""
    stacks.make(**sections(Count=1))
    body = sections(Count=2)
    body["Resources"]["Renamed"] = body["Resources"].pop("Function")
    body["Resources"]["It"]["Properties"]["ServiceToken"] = {"Fn::GetAtt": ["Renamed", "Arn"]}
    assert "UPDATE_ROLLBACK_COMPLETE" == stacks.make(**body)
    assert "Modifying service token is not allowed." in stacks.reasons()
    assert "1" == stacks.outputs()["Count"]


def test_a_function_that_fails_fails_the_stack(stacks: Stacks) -> None:
    """The function's message is the reason in the history."""
    assert "ROLLBACK_COMPLETE" == stacks.make(**sections(Count=1, Mood="bad"))
    assert "Received response status [FAILED] from custom resource. Message returned: no mood" in stacks.reasons()


def test_a_function_that_never_answers_fails_the_stack(stacks: Stacks) -> None:
    """A function that has ended cannot answer any more."""
    assert "ROLLBACK_COMPLETE" == stacks.make(**sections(Count=1, Mood="silent"))
    assert "CloudFormation did not receive a response from your Custom Resource." in stacks.reasons()


def test_code_in_another_language_is_not_emulated(stacks: Stacks) -> None:
    """Inline code runs here only if it is Python."""
    body = sections(Count=1)
    body["Resources"]["Function"]["Properties"]["Runtime"] = "nodejs22.x"
    assert "ROLLBACK_COMPLETE" == stacks.make(**body)
    assert "emulated only in Python" in stacks.reasons()
