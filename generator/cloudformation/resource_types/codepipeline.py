"""AWS CodePipeline."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::CodePipeline::Pipeline": ResourceType(
        role="RoleArn", assumed_by="codepipeline", purpose="Runs the stages and their actions, one after the other."
    ),
}
