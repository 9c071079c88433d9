"""AWS CodeDeploy."""

from __future__ import annotations

from generator.cloudformation.resource_type import REGIONAL, ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::CodeDeploy::Application": ResourceType(
        arn=REGIONAL + "application:{name}", purpose="Holds the deployment groups of a service."
    ),
    "AWS::CodeDeploy::DeploymentConfig": ResourceType(
        arn=REGIONAL + "deploymentconfig:{name}", purpose="Says how many instances CodeDeploy deploys to at once."
    ),
    "AWS::CodeDeploy::DeploymentGroup": ResourceType(
        role="ServiceRoleArn",
        assumed_by="codedeploy",
        purpose="Defines where CodeDeploy deploys, how it shifts traffic, and when it rolls back.",
    ),
}
