"""Small stacks in the place of those that `prove --deploy` makes: with everything that they leave to themselves."""

from __future__ import annotations

import json
from typing import Any

from generator.proving.prove_policy import BOUNDARY
from generator.proving.prove_scope import PREFIX, REPOSITORY
from generator.proving.throwaway_stacks import ThrowawayStack

BOUNDARY_ARN = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{BOUNDARY}"}
KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def _role(service: str, *grants: tuple[str, Any]) -> dict[str, Any]:
    principal = {"Service": f"{service}.amazonaws.com"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in grants]
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", **trust},
            "Policies": [policy],
            "PermissionsBoundary": BOUNDARY_ARN,
        },
    }


def _export(value: Any, name: str) -> dict[str, Any]:
    return {"Value": value, "Export": {"Name": f"{PREFIX}-{name}"}}


_KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
_PLATFORM = {
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", **KEPT, "Properties": {"KeyPolicy": _KEY_POLICY}},
        "ArtifactBucket": {
            "Type": "AWS::S3::Bucket",
            **KEPT,
            "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
        },
    },
    "Outputs": {"Bucket": _export({"Ref": "ArtifactBucket"}, "bucket")},
}
_REGISTRY = {
    "Resources": {"Repository": {"Type": "AWS::ECR::Repository", **KEPT, "Properties": {"RepositoryName": REPOSITORY}}}
}
_BUCKET = {"Fn::ImportValue": f"{PREFIX}-bucket"}
_ARN = {"Fn::Sub": f"arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{PREFIX}"}


def _stage(name: str, provider: str, category: str, **more: Any) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "Actions": [{"Name": name, "ActionTypeId": kind, **more}]}


_PIPELINE = {
    "Resources": {
        "PipelineRole": _role(
            "codepipeline",
            ("ecr:DescribeImages", {"Fn::Sub": f"arn:aws:ecr:*:${{AWS::AccountId}}:repository/{REPOSITORY}"}),
            ("s3:*", "*"),
        ),
        "Pipeline": {
            "Type": "AWS::CodePipeline::Pipeline",
            "Properties": {
                "Name": PREFIX,
                "PipelineType": "V2",
                "RoleArn": {"Fn::GetAtt": ["PipelineRole", "Arn"]},
                "ArtifactStore": {"Type": "S3", "Location": _BUCKET},
                "Stages": [
                    _stage(
                        "Source",
                        "ECR",
                        "Source",
                        Configuration={"RepositoryName": REPOSITORY, "ImageTag": "no-push"},
                        OutputArtifacts=[{"Name": "Image"}],
                    ),
                    _stage("Approval", "Manual", "Approval"),
                ],
            },
        },
        "EventsRole": _role("events", ("codepipeline:StartPipelineExecution", _ARN)),
        "Trigger": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {
                    "source": ["aws.ecr"],
                    "detail": {
                        "action-type": ["PUSH"],
                        "repository-name": [REPOSITORY],
                        "image-tag": [{"prefix": "v"}],
                    },
                },
                "Targets": [
                    {
                        "Id": "Pipeline",
                        "Arn": _ARN,
                        "RoleArn": {"Fn::GetAtt": ["EventsRole", "Arn"]},
                        "InputTransformer": {
                            "InputPathsMap": {"digest": "$.detail.image-digest"},
                            "InputTemplate": (
                                '{"sourceRevisions":[{"actionName":"Source","revisionType":"IMAGE_DIGEST",'
                                '"revisionValue":"<digest>"}]}'
                            ),
                        },
                    }
                ],
            },
        },
    }
}


def small_copies() -> tuple[ThrowawayStack, ...]:
    """The stacks, under the names of the real ones."""
    bodies = {"platform": _PLATFORM, "registry": _REGISTRY, "pipeline-release": _PIPELINE}
    return tuple(ThrowawayStack(template=name, parameters={}, text=json.dumps(body)) for name, body in bodies.items())
