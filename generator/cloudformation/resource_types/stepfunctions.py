"""AWS Step Functions."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::StepFunctions::StateMachine": ResourceType(
        arn=REGIONAL + "stateMachine:{name}",
        service="states",
        ref="{arn}",
        named_by="StateMachineName",
        key="KmsKeyId",
        role="RoleArn",
        assumed_by="states",
        purpose="Runs the steps of a deployment, and undoes them when one fails.",
    ),
}
