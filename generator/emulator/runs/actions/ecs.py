"""Amazon ECS: the service gets a revision of the task definition that it runs, with the new image.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from generator.emulator.runs.action import ActionError, Done, Provider, Step

# A service is not steady yet, or stays without enough tasks.
UNSTEADY = {"PENDING", "IN_PROGRESS", "STOPPED"}


def run(step: Step) -> Done:
    """Copy the revision that runs, put in the images of the definitions file, update the service, and wait.

    The action does not compare what runs: it succeeds if the circuit breaker has put the old tasks back, and waits for
    an hour if the circuit breaker has only stopped (aws/containers-roadmap issues 328 and 1399).
    """
    cluster, service = step.setting("ClusterName"), step.setting("ServiceName")
    images = _images(step, step.configuration.get("FileName", "imagedefinitions.json"))
    ecs = step.client("ecs")
    # What the service runs, not the newest revision of the family.
    running = _service(ecs, cluster, service)["taskDefinition"]
    described = ecs.describe_task_definition(taskDefinition=running, include=["TAGS"])
    revision = register(ecs, described, images)
    ecs.update_service(cluster=cluster, service=service, taskDefinition=revision)
    steady = _service(ecs, cluster, service)
    inside = step.world.cloud.inside("ecs")
    deployments = inside.list_service_deployments(cluster=cluster, service=service)["serviceDeployments"]
    newest = max(deployments, key=lambda each: each["createdAt"])
    minutes = step.configuration.get("DeploymentTimeout", "60")
    # Both revisions run until the bake time is over: the service is not steady before.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
    if newest["status"] in UNSTEADY or newest["finishedAt"] - newest["startedAt"] > timedelta(minutes=int(minutes)):
        raise ActionError(f"the service {cluster}/{service} was not steady after {minutes} minutes")
    family = steady["taskDefinition"].rpartition("/")[2]
    told = ", ".join(f"{name} = {image}" for name, image in images.items())
    runs = steady["taskDefinition"] == revision
    return Done(
        summary=f"{cluster}/{service} is steady with {family}",
        deployed=(f"service {cluster}/{service}, {family}: {told}",) if runs else (),
    )


def register(ecs: Any, described: Mapping[str, Any], images: Mapping[str, str]) -> str:
    """The ARN of a new revision of a task definition, with other images for the named containers."""
    definition = described["taskDefinition"]
    if unknown := images.keys() - {container["name"] for container in definition["containerDefinitions"]}:
        raise ActionError(f"{definition['family']} has no container {', '.join(sorted(unknown))}")
    containers = [
        {**container, "image": images.get(container["name"], container["image"])}
        for container in definition["containerDefinitions"]
    ]
    takes = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    kept = {key: value for key, value in definition.items() if key in takes}
    tags = {"tags": described["tags"]} if described.get("tags") else {}
    revised = ecs.register_task_definition(**{**kept, **tags, "containerDefinitions": containers})
    return str(revised["taskDefinition"]["taskDefinitionArn"])


def _images(step: Step, file: str) -> dict[str, str]:
    """The image of each container.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    entries = step.read_json(file)
    if not isinstance(entries, list) or not entries:
        raise ActionError(f"{file} lists no container")
    for entry in entries:
        if not isinstance(entry, dict) or not (entry.get("name") and entry.get("imageUri")):
            raise ActionError(f"{file}: an entry has no name or no imageUri: {entry}")
    return {entry["name"]: entry["imageUri"] for entry in entries}


def _service(ecs: Any, cluster: str, service: str) -> dict[str, Any]:
    found: dict[str, Any] = ecs.describe_services(cluster=cluster, services=[service])
    if not found["services"]:
        raise ActionError(f"there is no service {service} in the cluster {cluster}: {found.get('failures')}")
    return dict(found["services"][0])


PROVIDERS: dict[tuple[str, str], Provider] = {("Deploy", "ECS"): run}
