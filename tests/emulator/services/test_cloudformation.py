"""The API of CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.services.cloudformation import NO_CHANGES, TAKEN_NAMES
from tests.emulator.small_stacks import Stacks, stacks_of

BODY: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "A topic",
    "Parameters": {
        "Name": {"Type": "String", "Default": "a", "Description": "Its name"},
        "Secret": {"Type": "String", "NoEcho": True, "Default": "x"},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}},
    "Outputs": {"Arn": {"Value": {"Ref": "Topic"}, "Description": "Where it is", "Export": {"Name": "topic"}}},
}


@pytest.fixture
def cloudformation() -> Any:
    """A client, in an emulated AWS with nothing in it."""
    with stacks_of() as stacks:
        yield stacks.aws.client("cloudformation")


def change_set(client: Any, name: str, kind: str, **parameters: str) -> dict[str, Any]:
    """A change set as it is described, after it was made."""
    made = client.create_change_set(
        StackName="test",
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=json.dumps(BODY),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Tags=[{"Key": "team", "Value": "orders"}],
    )
    return dict(client.describe_change_set(ChangeSetName=made["Id"]))


def test_a_change_set_makes_a_stack(cloudformation: Any) -> None:
    """A new stack waits for its review; carried out, it is complete with tags, parameters and outputs."""
    made = change_set(cloudformation, "first", "CREATE", Name="b")
    assert ("CREATE_COMPLETE", "AVAILABLE") == (made["Status"], made["ExecutionStatus"])
    (waiting,) = cloudformation.describe_stacks()["Stacks"]
    assert "REVIEW_IN_PROGRESS" == waiting["StackStatus"]
    with pytest.raises(ClientError, match="has no template"):
        cloudformation.get_template_summary(StackName="test")
    cloudformation.execute_change_set(ChangeSetName="first", StackName="test")
    (stack,) = cloudformation.describe_stacks(StackName=made["StackId"])["Stacks"]
    assert "CREATE_COMPLETE" == stack["StackStatus"]
    assert [{"Key": "team", "Value": "orders"}] == stack["Tags"]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert {"Name": "b", "Secret": "****"} == given
    (output,) = stack["Outputs"]
    assert ("Arn", "Where it is", "topic") == (output["OutputKey"], output["Description"], output["ExportName"])
    assert "A topic" == stack["Description"]


def test_a_change_set_without_changes_fails_as_the_aws_cli_expects(cloudformation: Any) -> None:
    """It has the status and the reason by which `aws cloudformation deploy` knows, and cannot be carried out."""
    change_set(cloudformation, "first", "CREATE")
    cloudformation.execute_change_set(ChangeSetName="first", StackName="test")
    empty = change_set(cloudformation, "again", "UPDATE")
    assert ("FAILED", NO_CHANGES) == (empty["Status"], empty["StatusReason"])
    with pytest.raises(ClientError, match="cannot be executed in its current status of"):
        cloudformation.execute_change_set(ChangeSetName="again", StackName="test")
    with pytest.raises(ClientError, match="already exists for stack"):
        change_set(cloudformation, "again", "UPDATE")
    cloudformation.delete_change_set(ChangeSetName="again", StackName="test")
    with pytest.raises(ClientError, match=r"ChangeSet \[again\] does not exist"):
        cloudformation.describe_change_set(ChangeSetName="again", StackName="test")


def test_tags_and_outputs_alone_are_changes(cloudformation: Any) -> None:
    """A stack whose resources stay can still be changed."""
    cloudformation.create_stack(StackName="test", TemplateBody=json.dumps(BODY))
    made = change_set(cloudformation, "tags", "UPDATE")
    assert ("CREATE_COMPLETE", []) == (made["Status"], made["Changes"])


@pytest.mark.parametrize(
    ("operation", "parameters", "said"),
    [
        ("describe_stacks", {"StackName": "nobody"}, "Stack with id nobody does not exist"),
        ("update_stack", {"StackName": "nobody", "TemplateBody": "{}"}, "Stack with id nobody does not exist"),
        ("create_stack", {"StackName": "there", "TemplateBody": json.dumps(BODY)}, "Stack [there] already exists"),
        (
            "create_change_set",
            {"StackName": "nobody", "ChangeSetName": "aa", "TemplateBody": "{}"},
            "Stack [nobody] does not exist",
        ),
        (
            "create_change_set",
            {"StackName": "there", "ChangeSetName": "aa", "TemplateBody": "{}", "ChangeSetType": "CREATE"},
            "Stack [there] already exists and cannot be created again",
        ),
        ("list_stack_sets", {}, "cloudformation:ListStackSets is not emulated"),
    ],
)
def test_impossible_operations_are_refused(cloudformation: Any, operation: str, parameters: Any, said: str) -> None:
    """Stacks that do not exist, or exist already, and operations that are not emulated."""
    cloudformation.create_stack(StackName="there", TemplateBody=json.dumps(BODY))
    with pytest.raises(ClientError) as caught:
        getattr(cloudformation, operation)(**parameters)
    assert said in caught.value.response["Error"]["Message"]


def test_a_stack_can_be_read(stacks: Stacks) -> None:
    """Template, summary, resources, events and lists of a stack, by its name and by its id."""
    stacks.make(**BODY)
    client, stack = stacks.aws.client("cloudformation"), stacks.stack()
    assert BODY == client.get_template(StackName="test")["TemplateBody"]
    summary = client.get_template_summary(StackName=stack["StackId"])
    assert summary == {**client.get_template_summary(TemplateBody=json.dumps(BODY)), **_meta(summary)}
    assert ["AWS::SNS::Topic"] == summary["ResourceTypes"]
    assert [("Name", "a"), ("Secret", "x")] == [
        (one["ParameterKey"], one["DefaultValue"]) for one in summary["Parameters"]
    ]
    validated = client.validate_template(TemplateBody=json.dumps(BODY))
    assert [("Name", False), ("Secret", True)] == [
        (one["ParameterKey"], one["NoEcho"]) for one in validated["Parameters"]
    ]
    (resource,) = client.describe_stack_resources(StackName="test", LogicalResourceId="Topic")["StackResources"]
    (listed,) = client.list_stack_resources(StackName="test")["StackResourceSummaries"]
    assert resource["PhysicalResourceId"] == listed["PhysicalResourceId"] == stacks.outputs()["Arn"]
    assert [] == client.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    stacks.delete()
    (summary,) = client.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert stack["StackId"] == summary["StackId"]
    client.delete_stack(StackName="test")  # nobody complains, as in AWS


def _meta(answer: Any) -> dict[str, Any]:
    return {"ResponseMetadata": answer["ResponseMetadata"]}


def test_the_name_of_a_deleted_stack_is_free(stacks: Stacks) -> None:
    """A new stack of the same name is another one; the old one is found by its id alone."""
    stacks.make(**BODY)
    first = stacks.stack()["StackId"]
    stacks.delete()
    stacks.make(**BODY)
    assert first != stacks.stack()["StackId"]
    assert "DELETE_COMPLETE" == stacks.stack(first)["StackStatus"]


LOG_GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/ecr-pipeline/pipeline/orders/Recorder"}}


def test_rules_of_replication_are_not_taken_over(stacks: Stacks) -> None:
    """A registry has one replication setting: the stack fails and leaves the existing one alone."""
    rule = {"destinations": [{"region": "eu-west-1", "registryId": stacks.aws.account}]}
    ecr = stacks.aws.inside("ecr")
    ecr.put_replication_configuration(replicationConfiguration={"rules": [rule]})
    wanted = {"Rules": [{"Destinations": [{"Region": "eu-west-3", "RegistryId": stacks.aws.account}]}]}
    resource = {
        "Type": "AWS::ECR::ReplicationConfiguration",
        "Properties": {"ReplicationConfiguration": wanted},
    }
    assert "ROLLBACK_COMPLETE" == stacks.make(Resources={"Replication": resource})
    assert "AWS::ECR::ReplicationConfiguration" in stacks.reasons()
    assert "already exists" in stacks.reasons()
    [left] = ecr.describe_registry()["replicationConfiguration"]["rules"]
    assert "eu-west-1" == left["destinations"][0]["region"]


def test_a_change_set_that_would_take_a_name_fails(stacks: Stacks) -> None:
    """Before anything is created, with AWS's reason; DescribeEvents names the resource and the one with its name."""
    stacks.make("first", Resources={"Log": LOG_GROUP})
    client, name = stacks.aws.client("cloudformation"), {"StackName": "second", "ChangeSetName": "aa"}
    body = json.dumps({"Resources": {"Other": {"Type": "AWS::SNS::Topic"}, "Again": LOG_GROUP}})
    client.create_change_set(**name, ChangeSetType="CREATE", TemplateBody=body)
    found = client.describe_change_set(**name)
    assert ("FAILED", TAKEN_NAMES, "UNAVAILABLE") == (found["Status"], found["StatusReason"], found["ExecutionStatus"])
    [event] = client.describe_events(**name)["OperationEvents"]
    assert ("VALIDATION_ERROR", "NAME_CONFLICT_VALIDATION", "Again") == (
        event["EventType"],
        event["ValidationName"],
        event["LogicalResourceId"],
    )
    group = LOG_GROUP["Properties"]["LogGroupName"]  # type: ignore[index]
    said = f"Resource of type 'AWS::Logs::LogGroup' with identifier '{group}' already exists."
    assert said == event["ValidationStatusReason"]
    assert "REVIEW_IN_PROGRESS" == stacks.stack("second")["StackStatus"]


def test_a_stack_keeps_its_own_names(stacks: Stacks) -> None:
    """An update of a named resource is no conflict; another logical id with the same name is one."""
    stacks.make("first", Resources={"Log": LOG_GROUP})
    changed = {**LOG_GROUP, "Properties": {**LOG_GROUP["Properties"], "RetentionInDays": 7}}  # type: ignore[dict-item]
    client = stacks.aws.client("cloudformation")
    for logical_id, status in (("Log", "CREATE_COMPLETE"), ("Renamed", "FAILED")):
        name = {"StackName": "first", "ChangeSetName": logical_id}
        client.create_change_set(**name, TemplateBody=json.dumps({"Resources": {logical_id: changed}}))
        assert status == client.describe_change_set(**name)["Status"]


def test_failures_of_a_stack_can_be_read(stacks: Stacks) -> None:
    """DescribeEvents of a stack returns its history, or only the failures in it."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["A", "Typo"]}}}
    stacks.make(Resources={"A": {"Type": "AWS::SNS::Topic"}, "B": topic})
    stacks.make("first", Resources={"Log": LOG_GROUP})
    assert "ROLLBACK_COMPLETE" == stacks.make("second", Resources={"Again": LOG_GROUP})
    client = stacks.aws.client("cloudformation")
    [failed] = client.describe_events(StackName="second", Filters={"FailedEvents": True})["OperationEvents"]
    assert ("PROVISIONING_ERROR", "Again") == (failed["EventType"], failed["LogicalResourceId"])
    owner = stacks.stack("first")["StackId"]
    said = f"/ecr-pipeline/pipeline/orders/Recorder already exists in stack {owner}"
    assert said == failed["ResourceStatusReason"]
    assert 5 == len(client.describe_events(StackName="second")["OperationEvents"])
