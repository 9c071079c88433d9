"""AWS IAM."""

from __future__ import annotations

from generator.cloudformation.resource_type import GLOBAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::IAM::ManagedPolicy": ResourceType(arn=GLOBAL + "policy/{name}", ref="{arn}", named_by="ManagedPolicyName"),
    "AWS::IAM::Role": ResourceType(arn=GLOBAL + "role/{name}", policy="AssumeRolePolicyDocument"),
}
