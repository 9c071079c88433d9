"""AWS CodeDeploy."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed, without
from generator.emulator.stacks.shapes import request
from generator.emulator.stacks.tags import dropped


def _create_application(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("ApplicationName") or work.name(100))
    request(
        work.client("codedeploy"), "CreateApplication", without(properties, "ApplicationName"), applicationName=name
    )
    return name


def _create_group(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("DeploymentGroupName") or work.name(100))
    settings = without(properties, "DeploymentGroupName")
    request(work.client("codedeploy"), "CreateDeploymentGroup", settings, deploymentGroupName=name)
    return name


def _update_group(work: ResourceContext, name: str, new: Properties, old: Properties) -> None:
    settings = without(new, "DeploymentGroupName", "Tags")
    client = work.client("codedeploy")
    request(client, "UpdateDeploymentGroup", settings, currentDeploymentGroupName=name)
    if changed(old, new, "Tags"):
        arn = work.arn("codedeploy", f"deploymentgroup:{new['ApplicationName']}/{name}")
        if lost := dropped(new, old):
            client.untag_resource(ResourceArn=arn, TagKeys=lost)
        if "Tags" in new:
            request(client, "TagResource", {"Tags": new["Tags"]}, ResourceArn=arn)


def _delete_group(work: ResourceContext, name: str, properties: Properties) -> None:
    application = properties["ApplicationName"]
    work.client("codedeploy").delete_deployment_group(applicationName=application, deploymentGroupName=name)


def _create_config(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("DeploymentConfigName") or work.name(100))
    settings = without(properties, "DeploymentConfigName")
    request(work.client("codedeploy"), "CreateDeploymentConfig", settings, deploymentConfigName=name)
    return name


TYPES = {
    "AWS::CodeDeploy::Application": ResourceHandler(
        create=_create_application,
        delete=lambda work, name, _: work.client("codedeploy").delete_application(applicationName=name),
    ),
    "AWS::CodeDeploy::DeploymentConfig": ResourceHandler(
        create=_create_config,
        delete=lambda work, name, _: work.client("codedeploy").delete_deployment_config(deploymentConfigName=name),
    ),
    "AWS::CodeDeploy::DeploymentGroup": ResourceHandler(
        create=_create_group, update=_update_group, delete=_delete_group
    ),
}
