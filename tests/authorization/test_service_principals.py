"""Requests that services make for themselves."""

from __future__ import annotations

from typing import Any

import pytest

from generator.authorization.decisions import Request
from generator.authorization.service_principals import requests_of_services
from generator.cloudformation.offline_stack import Location, OfflineStack

ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
PLACE = "eu-central-1:111122223333"
KEY = {"Fn::GetAtt": ["Key", "Arn"]}


def asked(place: Location | None = None, **resources: tuple[str, dict[str, Any]]) -> list[Request]:
    """The requests on a stack with a role, a key, and the resources."""
    all_of_them = {"Role": ("IAM::Role", {"RoleName": "orders"}), "Key": ("KMS::Key", {}), **resources}
    template = {
        "Resources": {name: {"Type": f"AWS::{kind}", "Properties": held} for name, (kind, held) in all_of_them.items()}
    }
    return list(requests_of_services(OfflineStack(template=template, name="orders", place=place or Location())))


@pytest.mark.parametrize(
    ("kind", "properties", "service", "source"),
    [
        ("CodeBuild::Project", {"Name": "p", "ServiceRole": ROLE}, "codebuild", f"arn:aws:codebuild:{PLACE}:project/p"),
        ("CodePipeline::Pipeline", {"RoleArn": ROLE}, "codepipeline", ""),
        (
            "CodeDeploy::DeploymentGroup",
            {"ApplicationName": "a", "ServiceRoleArn": ROLE},
            "codedeploy",
            f"arn:aws:codedeploy:{PLACE}:deploymentgroup:a/Thing",
        ),
        ("Lambda::Function", {"Role": ROLE}, "lambda", ""),
        (
            "StepFunctions::StateMachine",
            {"StateMachineName": "m", "RoleArn": ROLE},
            "states",
            f"arn:aws:states:{PLACE}:stateMachine:m",
        ),
        (
            "EC2::FlowLog",
            {"DeliverLogsPermissionArn": ROLE},
            "vpc-flow-logs",
            f"arn:aws:ec2:{PLACE}:vpc-flow-log/fl-0123456789abcdef0",
        ),
        (
            "Events::Rule",
            {"Name": "r", "Targets": [{"Arn": "arn:aws:sns:::t", "RoleArn": ROLE}]},
            "events",
            f"arn:aws:events:{PLACE}:rule/r",
        ),
    ],
)
def test_a_service_assumes_the_role_that_it_was_given(
    kind: str, properties: dict[str, Any], service: str, source: str
) -> None:
    """The service requests the role. Services that AWS documents to do so send the resource for which they act."""
    (request,) = asked(Thing=(kind, properties))
    assert f"{service}.amazonaws.com" == request.principal
    assert ("sts:AssumeRole", ("arn:aws:iam::111122223333:role/orders",)) == (request.action, request.resources)
    assert ({"aws:SourceArn": source, "aws:SourceAccount": "111122223333"} if source else {}) == request.context


def test_a_role_from_elsewhere_is_not_checked() -> None:
    """A function under a role that is not of the stack asks for nothing here."""
    assert [] == asked(Function=("Lambda::Function", {"Role": "arn:aws:iam::111122223333:role/other"}))


def test_logs_are_encrypted_under_the_arn_of_their_group() -> None:
    """CloudWatch Logs of the region uses the stack's key, with the group's ARN as context."""
    china = Location("aws-cn", "cn-north-1", "111122223333")
    found = asked(china, Group=("Logs::LogGroup", {"LogGroupName": "/x", "KmsKeyId": KEY}))
    assert {"logs.cn-north-1.amazonaws.com.cn"} == {request.principal for request in found}
    assert {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"} < {request.action for request in found}
    assert {"kms:EncryptionContext:aws:logs:arn": "arn:aws-cn:logs:cn-north-1:111122223333:log-group:/x"} == dict(
        found[0].context
    )
    assert [] == asked(Group=("Logs::LogGroup", {"KmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/other"}))
    assert [] == asked(Group=("Logs::LogGroup", {}))


def test_an_alarm_publishes_to_its_topic() -> None:
    """CloudWatch publishes for the alarm, and uses the key of an encrypted topic."""
    topic = ("SNS::Topic", {"TopicName": "t", "KmsMasterKeyId": KEY})
    found = asked(Topic=topic, Alarm=("CloudWatch::Alarm", {"AlarmName": "a", "AlarmActions": [{"Ref": "Topic"}]}))
    assert ["sns:Publish", "kms:GenerateDataKey", "kms:Decrypt"] == [request.action for request in found]
    assert {f"arn:aws:cloudwatch:{PLACE}:alarm:a"} == {request.context["aws:SourceArn"] for request in found}
    plain = asked(
        Topic=("SNS::Topic", {}), Alarm=("CloudWatch::Alarm", {"AlarmName": "a", "AlarmActions": [{"Ref": "Topic"}]})
    )
    assert ["sns:Publish"] == [request.action for request in plain]


def test_a_rule_puts_what_it_cannot_deliver_into_its_queue() -> None:
    """EventBridge itself sends to the dead-letter queue, whatever role the target has."""
    queue = ("SQS::Queue", {"QueueName": "q", "KmsMasterKeyId": KEY})
    target = {"Arn": "arn:aws:sns:::t", "RoleArn": "arn:aws:iam::111122223333:role/other"}
    rule = {"Name": "r", "Targets": [{**target, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}}]}
    found = asked(Queue=queue, Rule=("Events::Rule", rule))
    assert ["sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"] == [request.action for request in found]
    assert {"events.amazonaws.com"} == {request.principal for request in found}


def test_a_target_without_a_role_is_reached_by_the_service_itself() -> None:
    """A topic as target needs a policy for EventBridge where no role is given."""
    (request,) = asked(Rule=("Events::Rule", {"Targets": [{"Arn": f"arn:aws:sns:{PLACE}:t"}]}))
    assert ("events.amazonaws.com", "sns:Publish") == (request.principal, request.action)
