"""Two stacks whose resources have one name: the second cannot be made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.small_stacks import Stacks

ROLE = "arn:aws:iam::111122223333:role/x"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def stage(name: str, category: str, provider: str) -> dict[str, Any]:
    """A stage of one action."""
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "Actions": [{"Name": name, "ActionTypeId": kind}]}


PIPELINE = {
    "Name": "orders",
    "RoleArn": ROLE,
    "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
    "Stages": [stage("Source", "Source", "ECR"), stage("Approval", "Approval", "Manual")],
}
ALARM = {
    "AlarmName": "lost-pushes",
    "MetricName": "InvocationsSentToDlq",
    "Namespace": "AWS/Events",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "Statistic": "Sum",
}
PROJECT = {
    "Name": "ecr-pipeline-main-Inspect",
    "ServiceRole": ROLE,
    "Artifacts": {"Type": "CODEPIPELINE"},
    "Source": {"Type": "CODEPIPELINE", "BuildSpec": "{}"},
    "Environment": {"Type": "LINUX_CONTAINER", "Image": "x", "ComputeType": "BUILD_GENERAL1_SMALL"},
}
MACHINE = {
    "StateMachineName": "deploy-orders",
    "RoleArn": ROLE,
    "DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
}
NAMED: dict[str, dict[str, Any]] = {
    "AWS::CloudWatch::Alarm": ALARM,
    "AWS::CodeBuild::Project": PROJECT,
    "AWS::CodeBuild::ReportGroup": {
        "Name": "tests",
        "Type": "TEST",
        "ExportConfig": {"ExportConfigType": "NO_EXPORT"},
    },
    "AWS::CodeDeploy::Application": {"ApplicationName": "orders", "ComputePlatform": "ECS"},
    "AWS::CodePipeline::Pipeline": PIPELINE,
    "AWS::ECR::Repository": {"RepositoryName": "team/orders"},
    "AWS::Events::Rule": {"Name": "pushes", "EventPattern": {"source": ["aws.ecr"]}},
    "AWS::IAM::ManagedPolicy": {"ManagedPolicyName": "shared", "PolicyDocument": EVERYTHING},
    "AWS::IAM::Role": {"RoleName": "orders", "AssumeRolePolicyDocument": TRUST},
    "AWS::Logs::LogGroup": {"LogGroupName": "/ecr-pipeline/pipeline/orders/Recorder"},
    "AWS::S3::Bucket": {"BucketName": "artifacts"},
    "AWS::SNS::Topic": {"TopicName": "approvals"},
    "AWS::SQS::Queue": {"QueueName": "lost-pushes"},
    "AWS::StepFunctions::StateMachine": MACHINE,
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_cannot_be_taken_twice(stacks: Stacks, kind: str) -> None:
    """The second stack fails with the name and with the stack that has it; the first one's resource stays as it is."""
    stacks.aws.inside("iam").create_role(RoleName="x", AssumeRolePolicyDocument=json.dumps(TRUST))
    resource = {"Type": kind, "Properties": NAMED[kind]}
    assert "CREATE_COMPLETE" == stacks.make("first", Resources={"One": resource}), stacks.reasons("first")
    physical_id = stacks.ids("first")["One"]
    assert "ROLLBACK_COMPLETE" == stacks.make("second", Resources={"Two": resource})
    assert f" already exists in stack {stacks.stack('first')['StackId']}" in stacks.reasons("second")
    assert {"One": physical_id} == stacks.ids("first")
    assert "DELETE_COMPLETE" == stacks.delete("first")
    stacks.delete("second")
    assert "CREATE_COMPLETE" == stacks.make("third", Resources={"Three": resource})


@pytest.mark.parametrize("kind", sorted(NAMED.keys() - {"AWS::StepFunctions::StateMachine"}))
def test_a_resource_outside_of_stacks_is_not_taken_over(stacks: Stacks, kind: str) -> None:
    """A resource that outlived its stack, or that was made by hand: its name is taken too."""
    stacks.aws.inside("iam").create_role(RoleName="x", AssumeRolePolicyDocument=json.dumps(TRUST))
    resource = {"Type": kind, "Properties": NAMED[kind]}
    stacks.make("first", Resources={"One": {**resource, "DeletionPolicy": "Retain"}})
    stacks.delete("first")
    assert "ROLLBACK_COMPLETE" == stacks.make("second", Resources={"Two": resource})


def test_a_resource_that_aws_names_can_be_created_twice(stacks: Stacks) -> None:
    """Without a name in the template, two stacks of one template live side by side."""
    for name in ("first", "second"):
        kinds = ("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::S3::Bucket")
        resources = {kind.split("::")[-1]: {"Type": kind} for kind in kinds}
        assert "CREATE_COMPLETE" == stacks.make(name, Resources=resources)


def test_the_same_group_of_another_application_is_another_group(stacks: Stacks) -> None:
    """A deployment group is named within its application: both names together are its identity."""
    stacks.aws.inside("iam").create_role(RoleName="x", AssumeRolePolicyDocument=json.dumps(TRUST))
    for name in ("first", "second"):
        application = {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}}
        application["Properties"]["ApplicationName"] = name  # type: ignore[index]
        group = {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": {"Ref": "Application"},
                "DeploymentGroupName": "orders",
                "ServiceRoleArn": ROLE,
                "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
            },
        }
        status = stacks.make(name, Resources={"Application": application, "Group": group})
        assert "CREATE_COMPLETE" == status, stacks.reasons(name)
