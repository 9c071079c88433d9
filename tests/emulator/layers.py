"""A network, a platform on it and a pipeline on that: as small as they can be, and coupled as the published ones.

The build of the platform runs for every pipeline, and the pipelines' rules share its queue.
"""

from __future__ import annotations

import json
from typing import Any

Body = dict[str, Any]

ACCOUNT = {"Ref": "AWS::AccountId"}
KINDS = {"network": "Network", "platform": "Platform"}
INSPECT = """version: 0.2
env:
  shell: bash
  exported-variables: [DIGEST]
phases:
  build:
    commands:
      - DIGEST=$(jq -r .ImageDigest imageDetail.json)
      - aws ecr describe-images --repository-name "$REPOSITORY_NAME" --image-ids "imageDigest=$DIGEST" >found.json
      - echo "$REPOSITORY_NAME is inspected"
artifacts:
  files: [found.json]
"""
ENVIRONMENT = "codebuild:environment.environmentVariables.name"


def name(kind: str, thing: str) -> dict[str, str]:
    """The name of an export."""
    return {"Fn::Sub": f"ecr-pipeline:{kind}:${{{KINDS[kind]}}}:v1:{thing}"}


def imported(kind: str, thing: str) -> dict[str, Any]:
    """The value of an export."""
    return {"Fn::ImportValue": name(kind, thing)}


def exported(kind: str, **things: Any) -> dict[str, Any]:
    """Outputs that are exported."""
    return {thing: {"Value": value, "Export": {"Name": name(kind, thing)}} for thing, value in things.items()}


def text(default: str | None = "") -> dict[str, str]:
    """A parameter; None is one that must be given."""
    return {"Type": "String"} if default is None else {"Type": "String", "Default": default}


def arn(service: str, resource: str) -> dict[str, str]:
    """An ARN of this account and region."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def allow(sid: str, actions: str, *resources: Any, **more: Any) -> dict[str, Any]:
    """A statement that allows actions, separated by spaces."""
    return {"Sid": sid, "Effect": "Allow", "Action": actions.split(), "Resource": list(resources), **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def service(name: str) -> dict[str, str]:
    """A service as principal."""
    return {"Service": f"{name}.amazonaws.com"}


def role(who: str, *statements: dict[str, Any], managed: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A role of a service, with these statements and managed policies."""
    trust = {"Effect": "Allow", "Principal": service(who), "Action": "sts:AssumeRole"}
    properties: dict[str, Any] = {"AssumeRolePolicyDocument": policy(trust)}
    if statements:
        properties["Policies"] = [{"PolicyName": "Grants", "PolicyDocument": policy(*statements)}]
    if managed:
        properties["ManagedPolicyArns"] = list(managed)
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def network() -> Body:
    """A VPC with two subnets."""
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        **{
            f"Subnet{number}": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": f"10.0.{number}.0/24"},
            }
            for number in (1, 2)
        },
    }
    subnets = {"Fn::Join": [",", [{"Ref": "Subnet1"}, {"Ref": "Subnet2"}]]}
    return {
        "Parameters": {"Network": text("main")},
        "Resources": resources,
        "Outputs": exported("network", VpcId={"Ref": "Vpc"}, SubnetIds=subnets),
    }


def _of_network(thing: str) -> dict[str, Any]:
    """Something of the network, or the parameter for it where `Network` is `none`."""
    return {"Fn::If": ["OwnNetwork", {"Ref": thing}, imported("network", thing)]}


def platform() -> Body:
    """Key, bucket, the build Inspect, the queue of lost pushes and the policy that pipelines share."""
    key, bucket = {"Fn::GetAtt": ["Key", "Arn"]}, {"Ref": "Artifacts"}
    queue, logs = {"Fn::GetAtt": ["LostPushes", "Arn"]}, "/ecr-pipeline/platform/${Platform}/Inspect"
    artifacts = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Artifacts}"}
    sources, inspections = (
        {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::${{Artifacts}}/*/{name}/*"} for name in ("Image", "Inspection")
    )
    any_rule = {"ArnLike": {"aws:SourceArn": arn("events", "rule/*")}}
    any_alarm = {"ArnLike": {"aws:SourceArn": arn("cloudwatch", "alarm:*")}}
    account = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    use = "kms:Decrypt kms:GenerateDataKey"
    store = ("s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning", artifacts)
    inspect_role = role(
        "codebuild",
        allow("LookAtBucket", *store),
        allow("Read", "s3:GetObject s3:GetObjectVersion", sources),
        allow("Write", "s3:PutObject", inspections),
        allow("UseKey", use, key),
        allow("Look", "ecr:DescribeImages", arn("ecr", "repository/${RepositoryPattern}")),
        allow("Log", "logs:CreateLogStream logs:PutLogEvents", arn("logs", f"log-group:{logs}:log-stream:*")),
        allow(
            "Network",
            "ec2:CreateNetworkInterface ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface"
            " ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets"
            " ec2:DescribeVpcs",
            "*",
        ),
    )
    inspect = {
        "Name": {"Fn::Sub": "ecr-pipeline-${Platform}-Inspect"},
        "ServiceRole": {"Fn::GetAtt": ["InspectRole", "Arn"]},
        "Artifacts": {"Type": "CODEPIPELINE"},
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": INSPECT},
        "EncryptionKey": key,
        "Environment": {"Type": "LINUX_CONTAINER", "Image": "x", "ComputeType": "BUILD_GENERAL1_SMALL"},
        "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": {"Ref": "InspectLogs"}}},
        "VpcConfig": {
            "VpcId": _of_network("VpcId"),
            "Subnets": {"Fn::Split": [",", _of_network("SubnetIds")]},
            "SecurityGroupIds": [{"Ref": "Builds"}],
        },
    }
    key_policy = policy(
        allow("Account", "kms:*", "*", Principal=account),
        allow("DeadLetters", use, "*", Principal=service("events"), Condition=any_rule),
        allow("Alarms", use, "*", Principal=service("cloudwatch"), Condition=any_alarm),
    )
    queue_policy = policy(allow("Keep", "sqs:SendMessage", queue, Principal=service("events"), Condition=any_rule))
    shared = policy(allow("LookAtBucket", *store), allow("UseKey", use, key))
    group = {"GroupDescription": "Builds", "VpcId": _of_network("VpcId")}
    return {
        "Parameters": {
            "Platform": text("main"),
            "Network": text("main"),
            "RepositoryPattern": text(None),
            "VpcId": text(),
            "SubnetIds": text(),
        },
        "Conditions": {"OwnNetwork": {"Fn::Equals": [{"Ref": "Network"}, "none"]}},
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": key_policy}},
            "Artifacts": {"Type": "AWS::S3::Bucket"},
            "Builds": {"Type": "AWS::EC2::SecurityGroup", "Properties": group},
            "InspectLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": logs}}},
            "InspectRole": inspect_role,
            "Inspect": {"Type": "AWS::CodeBuild::Project", "Properties": inspect},
            "LostPushes": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": key}},
            "LostPushesPolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "LostPushes"}], "PolicyDocument": queue_policy},
            },
            "PipelinePolicy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": shared}},
        },
        "Outputs": exported(
            "platform",
            KeyArn=key,
            ArtifactBucket=bucket,
            InspectProject={"Ref": "Inspect"},
            DeadLetterQueueArn=queue,
            PipelinePolicyArn={"Ref": "PipelinePolicy"},
        ),
    }


def _action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "Actions": [{"Name": name, "ActionTypeId": kind, **more}]}


def pipeline(**variables: str) -> Body:
    """Source, Inspect by the platform's build, and an approval; the action has more variables than REPOSITORY_NAME."""
    bucket, project = imported("platform", "ArtifactBucket"), imported("platform", "InspectProject")
    start = {
        "ForAllValues:StringEquals": {ENVIRONMENT: ["REPOSITORY_NAME", "LIMIT"]},
        "Null": {"codebuild:source.buildspec": "true"},
    }
    its_project = {
        "Fn::Sub": ["arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/${It}", {"It": project}]
    }
    its_artifacts = {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${It}/${Name}/*", {"It": bucket}]}
    pipeline_role = role(
        "codepipeline",
        allow("Find", "ecr:DescribeImages", arn("ecr", "repository/${RepositoryName}")),
        allow("Start", "codebuild:StartBuild", its_project, Condition=start),
        allow("Watch", "codebuild:BatchGetBuilds", its_project),
        allow("Move", "s3:GetObject s3:GetObjectVersion s3:PutObject", its_artifacts),
        allow("Ask", "sns:Publish", {"Ref": "Mail"}),
        managed=(imported("platform", "PipelinePolicyArn"),),
    )
    told = [{"name": "REPOSITORY_NAME", "value": "${RepositoryName}"}]
    told += [{"name": name, "value": value} for name, value in variables.items()]
    stages = [
        _action(
            "Source",
            "Source",
            "ECR",
            Configuration={"RepositoryName": {"Ref": "RepositoryName"}},
            OutputArtifacts=[{"Name": "Image"}],
        ),
        _action(
            "Inspect",
            "Build",
            "CodeBuild",
            Configuration={"ProjectName": project, "EnvironmentVariables": {"Fn::Sub": json.dumps(told)}},
            InputArtifacts=[{"Name": "Image"}],
            OutputArtifacts=[{"Name": "Inspection"}],
            Namespace="Inspection",
        ),
        _action(
            "Approval",
            "Approval",
            "Manual",
            Configuration={"CustomData": "#{Inspection.DIGEST}", "NotificationArn": {"Ref": "Mail"}},
        ),
    ]
    transformer = {
        "InputPathsMap": {"digest": "$.detail.image-digest"},
        "InputTemplate": '{"sourceRevisions": [{"actionName": "Source", "revisionType": "IMAGE_DIGEST",'
        ' "revisionValue": "<digest>"}]}',
    }
    target = {
        "Id": "Pipeline",
        "Arn": arn("codepipeline", "${Pipeline}"),
        "RoleArn": {"Fn::GetAtt": ["EventsRole", "Arn"]},
        "InputTransformer": transformer,
        "DeadLetterConfig": {"Arn": imported("platform", "DeadLetterQueueArn")},
    }
    pattern = {
        "source": ["aws.ecr"],
        "detail": {"action-type": ["PUSH"], "result": ["SUCCESS"], "repository-name": [{"Ref": "RepositoryName"}]},
    }
    mail_policy = policy(
        allow(
            "Alarms",
            "sns:Publish",
            {"Ref": "Mail"},
            Principal=service("cloudwatch"),
            Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        )
    )
    alarm = {
        "Namespace": "AWS/Events",
        "MetricName": "InvocationsSentToDlq",
        "Dimensions": [{"Name": "RuleName", "Value": {"Ref": "Trigger"}}],
        "AlarmActions": [{"Ref": "Mail"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return {
        "Parameters": {"Name": text(None), "Platform": text("main"), "RepositoryName": text("team/orders")},
        "Resources": {
            "Mail": {"Type": "AWS::SNS::Topic"},
            "MailPolicy": {
                "Type": "AWS::SNS::TopicPolicy",
                "Properties": {"Topics": [{"Ref": "Mail"}], "PolicyDocument": mail_policy},
            },
            "PipelineRole": pipeline_role,
            "Pipeline": {
                "Type": "AWS::CodePipeline::Pipeline",
                "Properties": {
                    "Name": {"Ref": "Name"},
                    "PipelineType": "V2",
                    "RoleArn": {"Fn::GetAtt": ["PipelineRole", "Arn"]},
                    "ArtifactStore": {
                        "Type": "S3",
                        "Location": bucket,
                        "EncryptionKey": {"Type": "KMS", "Id": imported("platform", "KeyArn")},
                    },
                    "Stages": stages,
                },
            },
            "EventsRole": role(
                "events", allow("Start", "codepipeline:StartPipelineExecution", arn("codepipeline", "${Pipeline}"))
            ),
            "Trigger": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern, "Targets": [target]}},
            "LostPushAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        },
    }


TEMPLATES = {"network": network(), "platform": platform()}
