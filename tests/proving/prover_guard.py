"""The policies of `prove --policy`, in force for its caller, on the names in its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator.authorization.decisions import Decision, Policies, Policy, Request, decide
from generator.cloudformation.offline_stack import Location, OfflineStack
from generator.emulator.front.calls import Call
from generator.proving.prove_policy import policy_template

PLACE = Location("aws", "eu-west-1", "111122223333")
ROLE = f"arn:aws:iam::{PLACE.account}:role/prover"
# Operations whose action of IAM has another name.
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:DeleteObjects": "s3:DeleteObjectVersion",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
Resource = Callable[[Mapping[str, Any]], str]


def _on(service: str, pattern: str) -> Resource:
    return lambda given: f"arn:aws:{service}:{PLACE.region}:{PLACE.account}:{pattern.format(**given)}"


def _named(service: str, pattern: str, *keys: str) -> Resource:
    """The resource by the first of the keys that is given; its value may be an ARN or a URL."""

    def resource(given: Mapping[str, Any]) -> str:
        found = next((given[key] for key in keys if key in given), "")
        name = str(found[0] if isinstance(found, list) and found else found)
        if name.startswith("arn:"):
            return name
        return _on(service, pattern.format(name.rsplit("/", 1)[-1] if "://" in name else name))({})

    return resource


def _stack(given: Mapping[str, Any]) -> str:
    name = str(given.get("StackName") or given.get("ChangeSetName", ""))
    return name if name.startswith("arn:") else f"arn:aws:cloudformation:{PLACE.region}:{PLACE.account}:stack/{name}/x"


def _iam(given: Mapping[str, Any]) -> str:
    if "PolicyArn" in given and "RoleName" not in given:
        return str(given["PolicyArn"])
    kind, name = ("role", given["RoleName"]) if "RoleName" in given else ("policy", given["PolicyName"])
    return f"arn:aws:iam::{PLACE.account}:{kind}/{name}"


REPOSITORY = _on("ecr", "repository/{repositoryName}")
# Resources with a name in their ARNs, by service.
NAMED: dict[str, Resource] = {
    "cloudwatch": _named("cloudwatch", "alarm:{}", "AlarmName", "AlarmNames", "ResourceARN"),
    "codebuild": _named("codebuild", "project/{}", "name"),
    "codepipeline": lambda given: _named("codepipeline", "{}", "name", "resourceArn")(given.get("pipeline", given)),
    "ecr": _named("ecr", "repository/{}", "repositoryName", "resourceArn"),
    "events": _named("events", "rule/{}", "Name", "Rule", "ResourceARN"),
    "lambda": _named("lambda", "function:{}", "FunctionName", "Resource"),
    "logs": _named("logs", "log-group:{}", "logGroupName", "resourceArn"),
    "s3": lambda given: f"arn:aws:s3:::{given['Bucket']}" if "Bucket" in given else "*",
    "sns": _named("sns", "{}", "Name", "TopicArn", "ResourceArn"),
    "sqs": _named("sqs", "{}", "QueueName", "QueueUrl"),
}
# The resources of the calls that `prove` makes itself; all other calls are checked on "*".
RESOURCES: dict[str, Resource] = {
    **dict.fromkeys(
        (
            "cloudformation:CreateChangeSet", "cloudformation:DeleteStack", "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeEvents", "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResources", "cloudformation:ExecuteChangeSet",
        ),
        _stack,
    ),
    **dict.fromkeys(
        (
            "ecr:CompleteLayerUpload", "ecr:DeleteRepository", "ecr:DescribeImages", "ecr:InitiateLayerUpload",
            "ecr:PutImage", "ecr:UploadLayerPart", "ecr:GetLifecyclePolicyPreview", "ecr:StartLifecyclePolicyPreview",
        ),
        REPOSITORY,
    ),
    "codepipeline:PutApprovalResult": _on("codepipeline", "{pipelineName}/{stageName}/{actionName}"),
    **dict.fromkeys(
        (
            "codepipeline:GetPipelineExecution", "codepipeline:ListActionExecutions",
            "codepipeline:ListPipelineExecutions",
        ),
        _on("codepipeline", "{pipelineName}"),
    ),
    "codepipeline:GetPipelineState": _on("codepipeline", "{name}"),
    "ssm:DeleteParameter": lambda given: _on("ssm", "parameter")({}) + str(given["Name"]),
    "ssm:GetParametersByPath": lambda given: _on("ssm", "parameter")({}) + str(given["Path"]),
    "ssm:GetParameters": lambda given: _on("ssm", "parameter")({}) + str(given["Names"][0]),
    "s3:DeleteBucket": lambda given: f"arn:aws:s3:::{given['Bucket']}",
    "s3:ListBucketVersions": lambda given: f"arn:aws:s3:::{given['Bucket']}",
    "s3:DeleteObjectVersion": lambda given: f"arn:aws:s3:::{given['Bucket']}/x",
    "kms:DescribeKey": _on("kms", "key/{KeyId}"),
    "kms:ScheduleKeyDeletion": _on("kms", "key/{KeyId}"),
    "lambda:InvokeFunction": lambda given: (
        str(given["FunctionName"]) if ":" in given["FunctionName"] else _on("lambda", "function:{FunctionName}")(given)
    ),
}  # fmt: skip


def decision(call: Call, tags: Mapping[str, str]) -> Decision:
    """The decision of the policies of `prove --policy`. `tags` are those of the key that a call is about."""
    name = f"{call.service}:{call.operation}"
    action = ACTIONS.get(name, name)
    context: dict[str, Any] = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    if call.via:
        context["aws:CalledVia"] = (call.via + ".amazonaws.com",)
    if "PermissionsBoundary" in call.parameters:
        context["iam:PermissionsBoundary"] = call.parameters["PermissionsBoundary"]
    elif call.service == "iam" and call.operation in ("AttachRolePolicy", "PutRolePolicy"):
        context["iam:PermissionsBoundary"] = f"arn:aws:iam::{PLACE.account}:policy/ecr-pipeline-prove-boundary"
    for key in ("ResourceTypes", "ResourcesToImport"):
        if key in call.parameters:
            context[f"cloudformation:{key.replace('ResourcesToImport', 'ImportResourceTypes')}"] = tuple(
                each["ResourceType"] if isinstance(each, dict) else each for each in call.parameters[key]
            )
    named = NAMED.get(call.service, lambda _: "*") if call.via else lambda _: "*"
    resource = _iam if call.service == "iam" and len(call.parameters) else RESOURCES.get(action, named)
    request = Request(principal=ROLE, action=action, resources=(resource(call.parameters),), context=context)
    leave = Policy(
        "key",
        {"Statement": [{"Effect": "Allow", "Principal": {"AWS": PLACE.account}, "Action": "kms:*", "Resource": "*"}]},
    )
    return decide(request, Policies(identity=caller_policies(), resource=leave if call.service == "kms" else None))


def caller_policies() -> tuple[Policy, ...]:
    """The two policies of the caller."""
    stack = OfflineStack(template=policy_template(), name="permissions", place=PLACE)
    return tuple(
        Policy(title, each["PolicyDocument"])
        for title, each in stack.resources("AWS::IAM::ManagedPolicy")
        if title != "Boundary"
    )
