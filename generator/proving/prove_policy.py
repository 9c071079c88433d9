"""The permissions that `prove` needs, as a template: two policies for the caller, and the boundary of the roles.

Only four stacks can be created, with the types of resources that they have, and only through them can anything else be
created, with the prefix in its name. Resources without a name of their own (a VPC, a key) are allowed only through
CloudFormation, with the caller's permissions.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.proving.prove_scope import CHECK, PREFIX, TAG, TEMPLATES, TYPES

CALLER, STACKS, BOUNDARY = PREFIX, f"{PREFIX}-stacks", f"{PREFIX}-boundary"
_VIA = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}
_OURS = {"StringEquals": {f"aws:ResourceTag/{TAG}": "throw-away"}}
_BOUNDED = {
    "StringEquals": {
        "iam:PermissionsBoundary": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{BOUNDARY}"}
    }
}
_PROJECTS = f"project/ecr-pipeline-platform-{PREFIX}-*"
_SERVICES = ("codebuild", "codepipeline", "events", "lambda", "vpc-flow-logs")


def policy_template() -> dict[str, Any]:
    """A CloudFormation template with the policies."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Permissions of ecr-pipeline prove, and the boundary of the roles that it makes.",
        "Resources": {
            "Caller": _policy(CALLER, "Calls that ecr-pipeline prove makes itself.", _caller()),
            "Stacks": _policy(STACKS, "Calls that CloudFormation makes for ecr-pipeline prove --deploy.", _stacks()),
            "Boundary": _policy(BOUNDARY, "The most that a role of ecr-pipeline prove --deploy may do.", _boundary()),
        },
    }


def _policy(name: str, description: str, statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    properties = {"ManagedPolicyName": name, "Description": description, "PolicyDocument": document}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def _caller() -> list[dict[str, Any]]:
    return [
        _allow(
            "Look",
            (
                "access-analyzer:CheckNoNewAccess",
                "access-analyzer:ValidatePolicy",
                "cloudformation:DescribeStacks",
                "cloudformation:ListExports",
                "cloudformation:ListStacks",
                "cloudtrail:LookupEvents",
                "ec2:DescribeAvailabilityZones",
                "events:TestEventPattern",
                "servicequotas:GetServiceQuota",
                "sts:GetCallerIdentity",
            ),
            "*",
        ),
        _allow(
            "OwnStacks",
            (
                "cloudformation:DeleteStack",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeEvents",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResources",
                "cloudformation:TagResource",
            ),
            _arn("cloudformation", f"stack/{PREFIX}-*/*"),
            _arn("cloudformation", f"changeSet/{PREFIX}-*/*"),
        ),
        # These are never executed.
        _allow("Checks", ("cloudformation:CreateChangeSet",), _arn("cloudformation", f"stack/{CHECK}*/*")),
        # These are. Without an import and with these types alone, a stack can take hold of nothing that exists.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security_iam_id-based-policy-examples.html
        _allow(
            "ThrowawayStacks",
            ("cloudformation:CreateChangeSet",),
            *_throwaway_stacks(),
            condition={
                "ForAllValues:StringEquals": {"cloudformation:ResourceTypes": list(TYPES)},
                "Null": {"cloudformation:ResourceTypes": "false", "cloudformation:ImportResourceTypes": "true"},
            },
        ),
        _allow("Execute", ("cloudformation:ExecuteChangeSet",), *_throwaway_stacks()),
        _allow("Boundary", ("iam:GetPolicy",), _iam(f"policy/{BOUNDARY}")),
        _allow(
            "LifecyclePreview",
            ("ecr:GetLifecyclePolicyPreview", "ecr:StartLifecyclePolicyPreview"),
            _arn("ecr", "repository/*"),
        ),
        _allow(
            "OwnImages",
            (
                "ecr:CompleteLayerUpload",
                "ecr:DeleteRepository",
                "ecr:DescribeImages",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ),
            _arn("ecr", f"repository/{PREFIX}/*"),
        ),
        _allow(
            "OwnRuns",
            (
                "codepipeline:GetPipelineExecution",
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
                "codepipeline:PutApprovalResult",
            ),
            _arn("codepipeline", PREFIX),
            _arn("codepipeline", f"{PREFIX}/*"),
        ),
        _allow(
            "OwnRecords",
            ("ssm:DeleteParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
            _arn("ssm", f"parameter/ecr-pipeline/{PREFIX}"),
            _arn("ssm", f"parameter/ecr-pipeline/{PREFIX}/*"),
        ),
        _allow(
            "OwnBucket",
            ("s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"),
            _sub(f"arn:${{AWS::Partition}}:s3:::{PREFIX}-*"),
        ),
        # A key that AWS has deleted has no tags left: it must be found missing, not denied.
        _allow("LookAtKeys", ("kms:DescribeKey",), _arn("kms", "key/*")),
        # ECR retires its grant when a repository is deleted:
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
        _allow("OwnKeys", ("kms:RetireGrant", "kms:ScheduleKeyDeletion"), _arn("kms", "key/*"), condition=_OURS),
    ]


def _stacks() -> list[dict[str, Any]]:
    return [
        _allow("Look", _LOOKED_AT, "*", condition=_VIA),
        _allow("Make", _MADE, *_named(), condition=_VIA),
        _allow("MakeUnnamed", _UNNAMED, "*", condition=_VIA),
        _allow(
            "MakeBoundedRoles",
            ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"),
            _iam(f"role/{PREFIX}-*"),
            condition={**_VIA, **_BOUNDED},
        ),
        _allow(
            "RemoveRoles",
            (
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:TagRole",
            ),
            _iam(f"role/{PREFIX}-*"),
            condition=_VIA,
        ),
        _allow(
            "MakePolicies",
            (
                "iam:CreatePolicy",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:ListEntitiesForPolicy",
                "iam:ListPolicyVersions",
            ),
            _iam(f"policy/{PREFIX}-platform-*"),
            condition=_VIA,
        ),
        _allow(
            "PassRoles",
            ("iam:PassRole",),
            _iam(f"role/{PREFIX}-*"),
            condition={"StringEquals": {"iam:PassedToService": [f"{each}.amazonaws.com" for each in _SERVICES]}},
        ),
        _allow("CallFinisher", ("lambda:InvokeFunction",), _arn("lambda", f"function:{PREFIX}-network-*")),
    ]


def _boundary() -> list[dict[str, Any]]:
    """Everything that the roles of the four stacks may do, on resources with the prefix."""
    return [
        _allow(
            "Everywhere",
            (
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeManagedPrefixLists",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
                "ecr:GetAuthorizationToken",
                "inspector2:ListCoverage",
                "inspector2:ListFindings",
                "lambda:ListFunctions",
            ),
            "*",
        ),
        # Without the condition a role could let another account into a subnet.
        # https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
        _allow(
            "UseNetwork",
            ("ec2:CreateNetworkInterfacePermission",),
            _arn("ec2", "network-interface/*"),
            condition={"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}},
        ),
        _allow(
            "EmptyDefaultGroup",
            ("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
            _arn("ec2", "security-group/*"),
        ),
        _allow(
            "Images",
            (
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:DescribeImageScanFindings",
                "ecr:DescribeImages",
                "ecr:GetDownloadUrlForLayer",
                "ecr:PutImage",
            ),
            _arn("ecr", f"repository/{PREFIX}/*"),
        ),
        _allow(
            "Artifacts",
            (
                "s3:GetBucketAcl",
                "s3:GetBucketLocation",
                "s3:GetBucketVersioning",
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:PutObject",
            ),
            _sub(f"arn:${{AWS::Partition}}:s3:::{PREFIX}-*"),
        ),
        _allow(
            "Keys",
            (
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            _arn("kms", "key/*"),
            condition=_OURS,
        ),
        _allow(
            "Logs",
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            _arn("logs", f"log-group:/ecr-pipeline/*/{PREFIX}/*"),
        ),
        _allow("Builds", ("codebuild:BatchGetBuilds", "codebuild:StartBuild"), _arn("codebuild", _PROJECTS)),
        _allow("Functions", ("lambda:InvokeFunction",), _arn("lambda", f"function:{PREFIX}-*")),
        _allow("Messages", ("sns:Publish",), _arn("sns", f"{PREFIX}-*")),
        _allow("Start", ("codepipeline:StartPipelineExecution",), _arn("codepipeline", PREFIX)),
        _allow("Jobs", ("codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"), "*"),
        _allow(
            "Records",
            ("ssm:GetParameter", "ssm:PutParameter"),
            _arn("ssm", f"parameter/ecr-pipeline/{PREFIX}/*"),
        ),
    ]


# CloudFormation's calls to create, read and delete the resources of the four stacks, by the schemas of their types
# (handlers.permissions), without calls for features that the templates do not use.
# https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
_LOOKED_AT = (
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "codebuild:BatchGetProjects",
    "codepipeline:GetPipeline",
    "codepipeline:ListTagsForResource",
    "ec2:Describe*",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListResourceTags",
    "lambda:GetFunction*",
    "lambda:GetRuntimeManagementConfig",
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetDataProtectionPolicy",
    "logs:ListTagsForResource",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
)
# On resources with the prefix in their names.
_MADE = (
    "cloudwatch:DeleteAlarms",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "codebuild:CreateProject",
    "codebuild:DeleteProject",
    "codepipeline:CreatePipeline",
    "codepipeline:DeletePipeline",
    "codepipeline:TagResource",
    "ecr:CreateRepository",
    "ecr:PutLifecyclePolicy",
    "ecr:SetRepositoryPolicy",
    "ecr:TagResource",
    "events:DeleteRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:PutFunctionConcurrency",
    "lambda:TagResource",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "s3:CreateBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
    "sns:CreateTopic",
    "sns:DeleteTopic",
    "sns:SetTopicAttributes",
    "sns:TagResource",
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:SetQueueAttributes",
    "sqs:TagQueue",
)
# On resources whose names come from AWS.
_UNNAMED = (
    "ec2:AssociateRouteTable",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateFlowLogs",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateTags",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteTags",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DisassociateRouteTable",
    "ec2:ModifySubnetAttribute",
    "ec2:ModifyVpcAttribute",
    "ec2:RevokeSecurityGroupEgress",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:CreateKey",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
)


def _throwaway_stacks() -> list[dict[str, str]]:
    return [_arn("cloudformation", f"stack/{PREFIX}-{each}/*") for each in TEMPLATES]


def _named() -> list[dict[str, str]]:
    """Everything that the stacks name after themselves, or after the network, platform and pipeline."""
    return [
        _arn("cloudwatch", f"alarm:{PREFIX}-*"),
        _arn("codebuild", _PROJECTS),
        _arn("codepipeline", PREFIX),
        _arn("ecr", f"repository/{PREFIX}/*"),
        _arn("events", f"rule/{PREFIX}-*"),
        _arn("lambda", f"function:{PREFIX}-*"),
        _arn("logs", f"log-group:/ecr-pipeline/*/{PREFIX}/*"),
        _sub(f"arn:${{AWS::Partition}}:s3:::{PREFIX}-*"),
        _arn("sns", f"{PREFIX}-*"),
        _arn("sqs", f"{PREFIX}-*"),
    ]


def _allow(
    sid: str, actions: Sequence[str], *resources: object, condition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }
    return statement | ({"Condition": _merged(condition)} if condition else {})


def _merged(condition: Mapping[str, Any]) -> dict[str, Any]:
    return {operator: dict(keys) for operator, keys in condition.items()}


def _arn(service: str, resource: str) -> dict[str, str]:
    return _sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def _iam(resource: str) -> dict[str, str]:
    return _sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{resource}")


def _sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}
