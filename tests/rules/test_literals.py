"""W9706: partitions, regions, accounts and zones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_rules import findings, messages, template

ELSE = ", or a parameter or mapping for another one"


def with_value(value: object) -> dict[str, Any]:
    """The template with a queue that has the value."""
    body = template()
    body["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": value}}
    return body


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("arn:aws:s3:::bucket", ["'arn:aws' spells out a partition: write arn:${AWS::Partition}"]),
        ("arn:aws-cn:s3:::bucket", ["'arn:aws-cn' spells out a partition: write arn:${AWS::Partition}"]),
        (
            "prod-us-east-1-bucket",
            ["'us-east-1' spells out a region: write ${AWS::Region}" + ELSE],
        ),
        (
            "us-gov-west-1",
            ["'us-gov-west-1' spells out a region: write ${AWS::Region}" + ELSE],
        ),
        ("eu-west-1a", ["'eu-west-1a' spells out an availability zone: write Fn::GetAZs or ${AWS::Region}"]),
        (
            "bucket-123456789012",
            ["'123456789012' spells out an account: write ${AWS::AccountId}" + ELSE],
        ),
        (
            "arn:aws:sns:eu-west-1:123456789012:topic",
            [
                "'arn:aws' spells out a partition: write arn:${AWS::Partition}",
                "'eu-west-1' spells out a region: write ${AWS::Region}" + ELSE,
                "'123456789012' spells out an account: write ${AWS::AccountId}" + ELSE,
            ],
        ),
    ],
)
def test_literals_are_found_with_advice(value: str, found: list[str]) -> None:
    """Each literal is reported with its replacement."""
    assert found == messages(with_value(value), "W9706")


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:topic"},
        "arn:*:s3:::bucket",
        "arn:aws[a-z-]*:s3",
        "aws:SourceArn",
        "ecs.amazonaws.com",
        "status-1",
        "campus-east-1",
        "us-east-12",
        "sha256:123456789012abcdef",
        "1234567890123",
        "0.123456789012",
        "6da54004-1111-2222-3333-123456789012",
        "60days",
    ],
)
def test_text_that_only_looks_like_a_literal_is_no_finding(value: object) -> None:
    """Pseudo parameters, patterns, digests, UUIDs and words are no finding."""
    assert [] == findings(with_value(value), "W9706")


def test_literals_are_found_inside_functions_and_outputs() -> None:
    """A literal is reported at its place: in Fn::Sub, Fn::Join and Fn::If, and in outputs."""
    body = with_value({"Fn::Join": ["-", ["a", {"Fn::Sub": "${AWS::StackName}-us-east-1"}]]})
    body["Outputs"] = {"Zone": {"Value": {"Fn::If": ["Always", "eu-west-1a", "b"]}}}

    assert [
        "Resources/Queue/Properties/QueueName/Fn::Join/1/1/Fn::Sub",
        "Outputs/Zone/Value/Fn::If/1",
    ] == [finding.place for finding in findings(body, "W9706")]


def test_examples_and_conditions_on_regions_are_no_finding() -> None:
    """Parameters, metadata, descriptions, mappings, conditions and rules may name regions and accounts."""
    arn = "arn:aws:sns:us-east-1:123456789012:topic"
    body = with_value("queue")
    body["Description"] = arn
    body["Metadata"] = {"Example": arn}
    body["Parameters"]["TopicArn"] = {
        "Type": "String",
        "Default": arn,
        "AllowedPattern": "^arn:aws:.*$",
        "ConstraintDescription": arn,
        "Description": arn,
    }
    body["Mappings"] = {"Registry": {"us-east-1": {"Account": "123456789012"}}}
    body["Conditions"] = {"Home": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
    body["Resources"]["Queue"]["Metadata"] = {"Example": arn}
    body["Resources"]["Trigger"]["Properties"]["Description"] = arn
    body["Outputs"] = {"Queue": {"Description": arn, "Value": {"Ref": "Queue"}}}

    assert [] == findings(body, "W9706")


def test_the_account_of_a_layer_is_its_publisher() -> None:
    """A layer of AWS or of another account has an account that no pseudo parameter gives; its region is found."""
    body = template()
    arn = "arn:${AWS::Partition}:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:38"
    body["Resources"]["Function"] = {"Type": "AWS::Lambda::Function", "Properties": {"Layers": [{"Fn::Sub": arn}]}}

    assert ["'eu-west-1' spells out a region: write ${AWS::Region}" + ELSE] == (messages(body, "W9706"))


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"ArtifactStores": [{"Region": "us-west-2"}]}, 0),
        ({"Actions": [{"Region": {"Fn::If": ["Far", "us-west-2", "us-east-1"]}}]}, 0),
        ({"Destinations": {"ReplicaRegions": ["us-west-2", "eu-west-1"]}}, 0),
        ({"Region": "name-us-west-2"}, 1),
        ({"Environment": {"AWS_REGION": "us-west-2"}}, 1),
        ({"Region": {"Of": "us-west-2"}}, 1),
    ],
)
def test_a_property_for_a_region_may_name_one(properties: dict[str, Any], found: int) -> None:
    """An action of another region, or a replica, is for that region; a name that contains a region is not."""
    body = template()
    body["Resources"]["Other"] = {"Type": "Custom::Other", "Properties": {"ServiceToken": "x", **properties}}

    assert found == len(messages(body, "W9706"))
