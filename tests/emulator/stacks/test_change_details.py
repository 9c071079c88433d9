"""The entries of a change set, as AWS shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.stacks.change_details import LATER
from tests.emulator.small_stacks import Stacks

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}


def changed(stacks: Stacks, *, values: bool = True, given: dict[str, str] | None = None, **sections: Any) -> Any:
    """The entries of a change set for the stack, by logical id."""
    client = stacks.aws.client("cloudformation")
    made = client.create_change_set(
        StackName="test",
        ChangeSetName="next",
        TemplateBody=json.dumps(sections),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in (given or {}).items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    found = client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=values)
    return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in found["Changes"]}


def test_a_replacement_changes_resources_that_refer_to_it(stacks: Stacks) -> None:
    """A new name replaces; a reference gets a value that is known later; a fixed property replaces as well."""
    resources: dict[str, Any] = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a"}, "UpdateReplacePolicy": "Retain"},
        "Letters": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "a@example.com"},
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmActions": [{"Ref": "Topic"}],
                "ComparisonOperator": "LessThanThreshold",
                "EvaluationPeriods": 1,
                "MetricName": "m",
                "Namespace": "n",
                "Period": 60,
                "Statistic": "Sum",
                "Threshold": 1,
            },
        },
        "Same": {"Type": "AWS::SQS::Queue"},
    }
    stacks.make(Resources=resources)
    arn = stacks.ids()["Topic"]
    resources["Topic"]["Properties"]["TopicName"] = "b"
    found = changed(stacks, Resources=resources)
    assert {"Topic", "Letters", "Alarm"} == found.keys()
    topic = found["Topic"]
    assert ("Modify", "True", "ReplaceAndRetain", arn, ["Properties"]) == (
        *(topic["Action"], topic["Replacement"], topic["PolicyAction"]),
        *(topic["PhysicalResourceId"], topic["Scope"]),
    )
    assert {
        "Target": {
            "Attribute": "Properties",
            "Name": "TopicName",
            "RequiresRecreation": "Always",
            "Path": "/Properties/TopicName",
            "BeforeValue": "a",
            "AfterValue": "b",
            "AttributeChangeType": "Modify",
        },
        "Evaluation": "Static",
        "ChangeSource": "DirectModification",
    } == topic["Details"][0]
    assert {"Properties": {"TopicName": "b"}, "UpdateReplacePolicy": "Retain"} == json.loads(topic["AfterContext"])
    assert ("True", "ReplaceAndDelete") == (found["Letters"]["Replacement"], found["Letters"]["PolicyAction"])
    (detail,) = found["Alarm"]["Details"]
    assert "False" == found["Alarm"]["Replacement"]
    assert "PolicyAction" not in found["Alarm"]
    assert ("ResourceReference", "Topic", "Static") == (
        *(detail["ChangeSource"], detail["CausingEntity"], detail["Evaluation"]),
    )
    assert (arn, LATER) == (detail["Target"]["BeforeValue"], detail["Target"]["AfterValue"])
    assert "/Properties/AlarmActions/0" == detail["Target"]["Path"]


def test_values_of_a_new_resource_are_known_later(stacks: Stacks) -> None:
    """A property that cannot change and gets the value of a new resource is replaced under a condition."""
    letters: dict[str, Any] = {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"TopicArn": {"Ref": "A"}, "Protocol": "email", "Endpoint": "a@example.com"},
    }
    stacks.make(Resources={"A": {"Type": "AWS::SNS::Topic"}, "Letters": letters})
    letters["Properties"]["TopicArn"] = {"Ref": "B"}
    found = changed(stacks, Resources={"B": {"Type": "AWS::SNS::Topic"}, "Letters": letters})
    assert ("Add", "Remove", "Conditional") == (
        *(found["B"]["Action"], found["A"]["Action"], found["Letters"]["Replacement"]),
    )
    assert "Delete" == found["A"]["PolicyAction"]
    assert "PhysicalResourceId" not in found["B"]
    assert ["Dynamic"] == [each["Evaluation"] for each in found["Letters"]["Details"]]


def test_a_parameter_is_named_as_the_cause(stacks: Stacks) -> None:
    """Twice, as AWS's samples show; without property values, neither places nor values are included."""
    body: dict[str, Any] = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}},
    }
    stacks.make(given={"Name": "a"}, **body)
    topic = changed(stacks, values=False, given={"Name": "b"}, **body)["Topic"]
    target = {"Attribute": "Properties", "Name": "DisplayName", "RequiresRecreation": "Never"}
    assert [
        {"Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification"},
        {"Target": target, "Evaluation": "Static", "ChangeSource": "ParameterReference", "CausingEntity": "Name"},
    ] == topic["Details"]
    assert set() == {"BeforeContext", "AfterContext"} & topic.keys()


def test_attributes_of_unchanged_resources_are_known(stacks: Stacks) -> None:
    """A role that changes in its place changes nothing else; a deletion policy alone is a change."""
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "a.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    role: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    queue: dict[str, Any] = {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Role", "Arn"]}}}
    stacks.make(Resources={"Role": role, "Topic": topic, "Queue": queue})
    role["Properties"]["Policies"] = [{"PolicyName": "a", "PolicyDocument": POLICY}]
    del queue["DeletionPolicy"]
    found = changed(stacks, Resources={"Role": role, "Topic": topic, "Queue": queue})
    assert {"Role", "Queue"} == found.keys()
    assert ("False", ["DeletionPolicy"]) == (found["Queue"]["Replacement"], found["Queue"]["Scope"])
    (detail,) = found["Role"]["Details"]
    assert ("Add", "/Properties/Policies") == (detail["Target"]["AttributeChangeType"], detail["Target"]["Path"])


def test_an_import_that_does_not_exist_yet_is_known_later(stacks: Stacks) -> None:
    """AWS creates the change set nevertheless; it fails when it is executed."""
    imported = {"Fn::ImportValue": "nobody"}
    client = stacks.aws.client("cloudformation")
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": imported}}}}
    order = {"StackName": "test", "ChangeSetName": "first", "ChangeSetType": "CREATE"}
    made = client.create_change_set(**order, TemplateBody=json.dumps(body))
    found = client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)
    assert "CREATE_COMPLETE" == found["Status"]
    assert LATER in found["Changes"][0]["ResourceChange"]["AfterContext"]


def test_a_large_change_set_has_pages(stacks: Stacks) -> None:
    """At most 1 MB each, and all of it in the end."""
    names = [f"Topic{number}" for number in range(30)]
    many = {"Fn::Join": ["", [{"Ref": "Long"}] * 10]}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": many}}
    document = {
        "Parameters": {"Long": {"Type": "String", "Default": "x" * 4000}},
        "Resources": dict.fromkeys(names, topic),
    }
    client = stacks.aws.client("cloudformation")
    order = {"StackName": "test", "ChangeSetName": "first", "ChangeSetType": "CREATE"}
    client.create_change_set(**order, TemplateBody=json.dumps(document, separators=(",", ":")))
    pages = client.get_paginator("describe_change_set").paginate(
        StackName="test", ChangeSetName="first", IncludePropertyValues=True
    )
    found = [[each["ResourceChange"]["LogicalResourceId"] for each in page["Changes"]] for page in pages]
    assert 1 < len(found)
    assert names == sorted((name for page in found for name in page), key=names.index)


def test_a_change_set_is_obsolete_once_its_stack_was_updated(stacks: Stacks) -> None:
    """It can be looked at, and not be executed. A stack in review is deleted with its change sets."""
    body: dict[str, Any] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    stacks.make(**body)
    body["Resources"]["Topic"]["Properties"] = {"DisplayName": "a"}
    client = stacks.aws.client("cloudformation")
    client.create_change_set(StackName="test", ChangeSetName="next", TemplateBody=json.dumps(body))
    body["Resources"]["Topic"]["Properties"] = {"DisplayName": "b"}
    stacks.make(**body)
    assert "OBSOLETE" == client.describe_change_set(StackName="test", ChangeSetName="next")["ExecutionStatus"]
    with pytest.raises(ClientError, match="cannot be executed in its current"):
        client.execute_change_set(StackName="test", ChangeSetName="next")
    order = {"StackName": "review", "ChangeSetName": "first", "ChangeSetType": "CREATE"}
    client.create_change_set(**order, TemplateBody=json.dumps(body))
    client.delete_stack(StackName="review")
    assert ["test"] == [each["StackName"] for each in stacks.all()]
