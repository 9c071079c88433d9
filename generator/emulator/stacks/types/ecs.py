"""Amazon ECS: task definitions and services."""

from __future__ import annotations

from typing import Any

from generator.cloudformation.refusals import FailedError
from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request

# Properties that a service keeps from its creation: UpdateService does not accept them.
_FIXED = ("Cluster", "DeploymentController", "LaunchType", "Role", "SchedulingStrategy", "ServiceName", "Tags")


def _tags(properties: Properties) -> dict[str, Any]:
    """Tags in the form of ECS."""
    tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])]
    return {"tags": tags} if tags else {}


def _register(work: ResourceContext, properties: Properties) -> str:
    family = str(properties.get("Family") or work.name(255))
    settings = without(properties, "Family", "Tags")
    client = work.client("ecs")
    registered = request(client, "RegisterTaskDefinition", settings, family=family, **_tags(properties))
    return str(registered["taskDefinition"]["taskDefinitionArn"])


def _create_service(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("ServiceName") or work.name(255))
    settings = without(properties, "ServiceName", "Tags")
    created = request(work.client("ecs"), "CreateService", settings, serviceName=name, **_tags(properties))
    arn = str(created["service"]["serviceArn"])
    _wait(work, arn)
    return arn


def _update_service(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
    """Update a service with all properties, even unchanged ones (aws/aws-cdk#23564)."""
    where = {"cluster": new.get("Cluster", "default"), "service": arn}
    request(work.client("ecs"), "UpdateService", without(new, *_FIXED), **where)
    _wait(work, arn)


def _wait(work: ResourceContext, arn: str) -> None:
    """Wait for the end of the deployment that a change starts, as CloudFormation does.

    A rollback of ECS fails the resource.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    where = {"cluster": arn.split("/")[-2], "service": arn}
    deployments = work.inside("ecs").list_service_deployments(**where)["serviceDeployments"]
    newest = max(deployments, key=lambda each: each["createdAt"], default=None)
    if newest and newest["status"] != "SUCCESSFUL":
        raise FailedError(f"The deployment of {arn} ended {newest['status']}: {newest.get('statusReason', '')}")


def _delete_service(work: ResourceContext, arn: str, properties: Properties) -> None:
    work.client("ecs").delete_service(cluster=properties.get("Cluster", "default"), service=arn, force=True)


TYPES = {
    "AWS::ECS::Service": ResourceHandler(
        create=_create_service,
        update=_update_service,
        delete=_delete_service,
        attributes=lambda _work, arn, _: {"Name": arn.rpartition("/")[2], "ServiceArn": arn},
    ),
    "AWS::ECS::TaskDefinition": ResourceHandler(
        create=_register,
        delete=lambda work, arn, _: work.client("ecs").deregister_task_definition(taskDefinition=arn),
        attributes=lambda _work, arn, _: {"TaskDefinitionArn": arn},
    ),
}
