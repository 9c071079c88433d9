"""AWS IAM."""

from __future__ import annotations

from generator.cloudformation.resource_type import GLOBAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::IAM::InstanceProfile": ResourceType(arn=GLOBAL + "instance-profile/{name}"),
    "AWS::IAM::ManagedPolicy": ResourceType(
        arn=GLOBAL + "policy/{name}",
        ref="{arn}",
        named_by="ManagedPolicyName",
        purpose="Permissions that several roles share.",
    ),
    "AWS::IAM::Role": ResourceType(
        arn=GLOBAL + "role/{name}",
        policy="AssumeRolePolicyDocument",
        purpose="An AWS service assumes it, and may then do what its statements allow.",
    ),
}
