"""AWS CodeDeploy."""

from __future__ import annotations

from generator.emulator.stacks.kind import Kind, Properties, Work, without
from generator.emulator.stacks.shapes import request


def _create_application(work: Work, properties: Properties) -> str:
    name = str(properties.get("ApplicationName") or work.name(100))
    request(
        work.client("codedeploy"), "CreateApplication", without(properties, "ApplicationName"), applicationName=name
    )
    return name


def _create_group(work: Work, properties: Properties) -> str:
    name = str(properties.get("DeploymentGroupName") or work.name(100))
    settings = without(properties, "DeploymentGroupName")
    request(work.client("codedeploy"), "CreateDeploymentGroup", settings, deploymentGroupName=name)
    return name


def _update_group(work: Work, name: str, new: Properties, _old: Properties) -> None:
    settings = without(new, "DeploymentGroupName", "Tags")
    request(work.client("codedeploy"), "UpdateDeploymentGroup", settings, currentDeploymentGroupName=name)


def _delete_group(work: Work, name: str, properties: Properties) -> None:
    application = properties["ApplicationName"]
    work.client("codedeploy").delete_deployment_group(applicationName=application, deploymentGroupName=name)


TYPES = {
    "AWS::CodeDeploy::Application": Kind(
        create=_create_application,
        delete=lambda work, name, _: work.client("codedeploy").delete_application(applicationName=name),
    ),
    "AWS::CodeDeploy::DeploymentGroup": Kind(create=_create_group, update=_update_group, delete=_delete_group),
}
