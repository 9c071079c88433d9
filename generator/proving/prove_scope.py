"""Resources of `prove`: everything that it creates begins with one prefix, and every stack has one tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.rollout.stack_states import REVIEW

PREFIX = "ecr-pipeline-prove"
"""The prefix of stacks, and of the resources in them. It is also the name of the network, platform and pipeline."""
TAG = "ecr-pipeline-prove"
CHECK = f"{PREFIX}-check-"
"""The beginning of the names of stacks that are never created: they have only a change set."""
REPOSITORY = f"{PREFIX}/app"
TEMPLATES = ("network", "platform", "registry", "pipeline-release")
"""The templates of the stacks that are created, each after those that it imports from."""
STACKS = tuple(f"{PREFIX}-{each}" for each in TEMPLATES)
TYPES = (
    "AWS::CloudWatch::Alarm",
    "AWS::CodeBuild::Project",
    "AWS::CodePipeline::Pipeline",
    "AWS::EC2::FlowLog",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECR::RegistryScanningConfiguration",
    "AWS::ECR::ReplicationConfiguration",
    "AWS::ECR::Repository",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "Custom::VpcFinish",
)
"""The types of the resources of these stacks."""
TAGS = ({"Key": TAG, "Value": "throw-away"},)


def is_ours(stack: Mapping[str, Any]) -> bool:
    """Whether `prove` has created a stack: by its name and its tag. A stack without resources may show no tags yet."""
    name = str(stack["StackName"])
    if stack["StackStatus"] == REVIEW:
        return name.startswith(CHECK) or name in STACKS
    return name.startswith(f"{PREFIX}-") and any(each["Key"] == TAG for each in stack.get("Tags", []))


def is_empty(stack: Mapping[str, Any]) -> bool:
    """Whether a stack has at most a change set."""
    return bool(stack["StackStatus"] == REVIEW)
