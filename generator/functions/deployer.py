"""Deploys an image to ECS services together: in the end all of them run it, or all run what they ran before.

This is an action of the recorder, whose code is in front of it. CodePipeline calls the function again as long as it
answers with a continuation token:
https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

import json
import time
from typing import Any

import boto3

from generator.functions.recorder import ACTIONS, write

ecs = boto3.client("ecs")
# Keeps the answer as ECS sent it: the SDK drops fields that are newer than itself. In a request it refuses them.
ecs.meta.events.register(
    "after-call.ecs.DescribeTaskDefinition",
    lambda http_response, parsed, **_: parsed.update(json.loads(http_response.content)),
)

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
ENDED = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")
HOUR = 3600


def deploy(facts: Any, data: Any) -> dict[str, Any]:
    """Starts the rollouts, or follows them. If one fails, all services get back what they ran.

    The token has for each service what it ran, what it shall run, and its last deployment before.
    """
    token = data.get("continuationToken")
    rollouts = json.loads(token) if token else revise(**facts)
    try:
        if not token:
            for service, _, new, _ in rollouts:
                update(service, new)
        if True in [goes_on(*rollout) for rollout in rollouts]:
            # A token has no spaces.
            return {"continuationToken": json.dumps(rollouts, separators=(",", ":"))}
    except Exception as error:
        raise ValueError("; ".join([str(error), *(put_back(*rollout) for rollout in rollouts)])) from error
    for service, *_ in rollouts:
        write(facts["stage"], f"{service}/image", facts["image"])
    return {}


def revise(services: str, containers: str, image: str, **_: str) -> list[list[str]]:
    """The rollouts: their revisions are registered after all services and containers were found."""
    names, requests = containers.split(","), []
    unknown = set(names)
    for service in services.split(","):
        before = find(service)["taskDefinition"]
        request = copy(before)
        named = [each for each in request["containerDefinitions"] if each["name"] in names]
        if not named:
            raise ValueError(f"{service} has no container {' or '.join(names)}")
        for container in named:
            container["image"] = image
            unknown.discard(container["name"])
        requests.append((service, before, request))
    if unknown:
        raise ValueError(f"no container {' or '.join(unknown)} in {services}")
    rollouts = []
    for service, before, request in requests:
        new = ecs.register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]
        rollouts.append([service, tail(before), tail(new), tail(newest(service)["serviceDeploymentArn"])])
    return rollouts


def copy(running: str) -> Any:
    """A revision as a request to register it again."""
    answer = ecs.describe_task_definition(taskDefinition=running, include=["TAGS"])
    shapes = map(ecs.meta.service_model.shape_for, ("TaskDefinition", "RegisterTaskDefinitionRequest"))
    # Some fields only describe the revision, such as its number.
    describing = set.difference(*(set(shape.members) for shape in shapes))
    request = {field: value for field, value in answer["taskDefinition"].items() if field not in describing}
    # Tags of AWS itself cannot be set.
    if tags := [tag for tag in answer.get("tags", []) if not tag["key"].lower().startswith("aws:")]:
        request["tags"] = tags
    return request


def tail(arn: str) -> str:
    """The part after the last slash: family:number of a revision, the id of a deployment."""
    return arn.rpartition("/")[2]


def at(service: str) -> dict[str, str]:
    """The service as requests name it."""
    return dict(zip(("cluster", "service"), service.split("/"), strict=True))


def find(service: str) -> Any:
    """The service."""
    cluster, name = service.split("/")
    try:
        found = ecs.describe_services(cluster=cluster, services=[name])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        found = []
    if not found or found[0]["status"] != "ACTIVE":
        raise ValueError(f"there is no service {service}")
    return found[0]


def newest(service: str) -> Any:
    """The newest deployment of the last two days: the function follows none for longer. ECS documents no order."""
    recent = {"after": time.time() - 48 * HOUR}
    found = ecs.list_service_deployments(**at(service), createdAt=recent, maxResults=100)["serviceDeployments"]
    return max(found, key=lambda each: each["createdAt"], default={"serviceDeploymentArn": ""})


def update(service: str, revision: str) -> None:
    """Deploys a revision, in the way that the service has chosen."""
    ecs.update_service(**at(service), taskDefinition=revision)


def goes_on(service: str, _before: str, new: str, last: str) -> bool:
    """Whether the rollout continues. Refuses one that failed, was replaced, or does not start its tasks in time."""
    found, deployment = find(service), newest(service)
    # ECS does not list the new one yet, and the last one may be older than two days by now.
    if tail(deployment["serviceDeploymentArn"]) in ("", last):
        return True
    status, runs = deployment["status"], tail(found["taskDefinition"])
    if (status, runs) == ("SUCCESSFUL", new):
        return False
    # All tasks must run when the first hour ends; CodePipeline calls again within 20 minutes. Steps, hooks and bake
    # times may take longer, and then some tasks may be missing: the service scales, or ECS replaces them.
    missing = any(each["runningCount"] < each["desiredCount"] for each in found["deployments"])
    late = missing and HOUR < time.time() - deployment["createdAt"].timestamp() < 1.4 * HOUR
    if late or status in ENDED:
        reason = deployment.get("statusReason", "no reason")
        raise ValueError(f"{service} runs {runs}, not {new}: its deployment is {status} ({reason})")
    return True


def put_back(service: str, before: str, new: str, _last: str) -> str:
    """Deploys what the service ran before, if it has the new revision. Says what it runs or will run."""
    try:
        runs = tail(find(service)["taskDefinition"])
        if runs != new:
            return f"{service} runs {runs}"
        update(service, before)
        return f"{service} rolls back to {before}"
    # The others roll back nevertheless.
    except Exception as error:
        return f"{service} does not roll back to {before}: {error}"


ACTIONS["deploy"] = deploy
