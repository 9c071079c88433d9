"""Malformed templates: CloudFormation answers with a message, whatever it is given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings

from tests.conftest import WITH_CONDITIONS
from tests.damaged import damaged
from tests.emulator.small_stacks import Stacks
from tests.samples import sample

pytestmark = pytest.mark.slow

TOPIC = {"Type": "AWS::SNS::Topic"}


def outcome(stacks: Stacks, operation: str, **parameters: Any) -> int:
    """The HTTP status of a call. A client asks once more after a fault, so that one shows as an error as well."""
    client = stacks.aws.client("cloudformation")
    try:
        answer = getattr(client, operation)(**parameters)
    except ClientError as error:
        answer = error.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


NAMES = sorted(WITH_CONDITIONS)
GIVEN = {
    name: [{"ParameterKey": key, "ParameterValue": value} for key, value in sample(WITH_CONDITIONS[name], "a").items()]
    for name in NAMES
}
# The same damage at every run: a test that fails at random helps nobody.
ONCE = settings(derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_template_is_taken_or_refused(stacks: Stacks, name: str) -> None:
    """ValidateTemplate, GetTemplateSummary and CreateChangeSet never crash."""

    @settings(ONCE, max_examples=12)
    @given(damaged(name))
    def answers(body: dict[str, Any]) -> None:
        text = json.dumps(body)
        order = {
            "StackName": "test",
            "TemplateBody": text,
            "Parameters": GIVEN[name],
            "Capabilities": ["CAPABILITY_IAM"],
        }
        assert 500 > outcome(stacks, "validate_template", TemplateBody=text)
        assert 500 > outcome(stacks, "get_template_summary", TemplateBody=text)
        made = outcome(stacks, "create_change_set", ChangeSetName="a", ChangeSetType="CREATE", **order)
        assert 500 > made
        if made == 200:
            stacks.aws.client("cloudformation").delete_change_set(StackName="test", ChangeSetName="a")

    answers()


@pytest.mark.parametrize("name", ["network", "deployer-lambda", "standalone"])
def test_a_damaged_template_is_deployed_or_rolled_back(stacks: Stacks, name: str) -> None:
    """CreateStack and DeleteStack never crash: input that a service refuses is the reason of a rollback."""

    @settings(ONCE, max_examples=8)
    @given(damaged(name))
    def answers(body: dict[str, Any]) -> None:
        order = {"Parameters": GIVEN[name], "Capabilities": ["CAPABILITY_IAM"]}
        if 200 == (status := outcome(stacks, "create_stack", StackName="test", TemplateBody=json.dumps(body), **order)):
            assert 200 == outcome(stacks, "delete_stack", StackName="test")
        assert 500 > status

    answers()


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
        ({"DisplayName": ["x"]}, "#/DisplayName: expected type: String, found: JSONArray"),
        ({"Tags": [{"Key": "a"}]}, "#/Tags/0: required key [Value] not found"),
        ({"Tags": {"a": "b"}}, "#/Tags: expected type: JSONArray, found: JSONObject"),
        ({"FifoTopic": "yes"}, "#/FifoTopic: expected type: Boolean, found: String"),
    ],
)
def test_properties_are_checked_before_the_service_is_called(stacks: Stacks, properties: Any, said: str) -> None:
    """The resource fails with CloudFormation's message, and the stack rolls back."""
    assert "ROLLBACK_COMPLETE" == stacks.make(Resources={"A": {**TOPIC, "Properties": properties}})
    assert f"Properties validation failed for resource A with message:\n{said}" in stacks.reasons()


def test_cloudformation_converts_texts_and_numbers(stacks: Stacks) -> None:
    """A number in place of a text, and a text in place of a number or a boolean."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": "5", "SqsManagedSseEnabled": "false"}}
    assert "CREATE_COMPLETE" == stacks.make(Resources={"A": {**TOPIC, "Properties": {"DisplayName": 5}}, "B": queue})


def test_an_attribute_that_the_type_does_not_have(stacks: Stacks) -> None:
    """It fails when the resource exists, and the stack rolls back."""
    value = {"Fn::GetAtt": ["A", "Colour"]}
    status = stacks.make(Resources={"A": TOPIC, "B": {**TOPIC, "Properties": {"DisplayName": value}}})
    assert "ROLLBACK_COMPLETE" == status
    assert "Requested attribute Colour does not exist in schema for AWS::SNS::Topic" in stacks.reasons()


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"Resources": {"A": {"Type": "AWS::X::Y"}, "B": {"Type": "AWS::Z"}}},
         "Template format error: Unrecognized resource types: [AWS::X::Y, AWS::Z]"),
        ({"Resources": {"A": TOPIC}, "Outputs": {
            name: {"Value": "x", "Export": {"Name": "same"}} for name in ("One", "Two")}},
         "duplicate Export names: [same]"),
        ({"Resources": {"A": {**TOPIC, "DependsOn": "A"}}}, "Circular dependency between resources: [A]"),
        ({"Resources": {"A": {**TOPIC, "Condition": "No"}}}, "Condition No is not defined"),
    ],
)  # fmt: skip
def test_a_refused_template_leaves_no_stack(stacks: Stacks, sections: dict[str, Any], said: str) -> None:
    """It is refused at once."""
    with pytest.raises(ClientError) as caught:
        stacks.make(**sections)
    assert said in caught.value.response["Error"]["Message"]
    assert [] == stacks.all()


def test_a_template_that_is_nested_too_deeply_is_refused(stacks: Stacks) -> None:
    """As JSON that cannot be read."""
    text = '{"Resources": ' + '{"a": ' * 5000 + "1" + "}" * 5001
    with pytest.raises(ClientError, match="JSON not well-formed"):
        stacks.aws.client("cloudformation").validate_template(TemplateBody=text)
