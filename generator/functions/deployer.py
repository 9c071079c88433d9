"""Deploys an image to ECS services together: in the end all of them run it, or all run what they ran before.

This is an action of the recorder, whose code is in front of it. CodePipeline calls the function again as long as it
answers with a continuation token:
https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

import json
import os
from time import time
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

    Lambda may run the function again with the same job, after a crash or for no reason. So the first run changes no
    service, and later ones do what is left to do: the token has the time of the last look, and for each service what
    it ran, what it shall run, and its last deployment before.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    token = data.get("continuationToken")
    looked, rollouts = json.loads(token) if token else (0, revise(**facts))
    try:
        if not token or True in [goes_on(*rollout) for rollout in rollouts]:
            # A token has no spaces.
            return {"continuationToken": json.dumps([int(time()), rollouts], separators=(",", ":"))}
    except Exception as error:
        # A rollout that has failed is a ValueError. Another error is of one look, and the next may succeed.
        if not isinstance(error, ValueError) and time() < looked + HOUR:
            print(error)
            return {"continuationToken": token}
        raise ValueError("; ".join([str(error), *(put_back(*rollout) for rollout in rollouts)])) from error
    for service, *_ in rollouts:
        write(facts["stage"], f"{service}/image", facts["image"])
    return {}


def revise(services: str, containers: str, image: str, **_: str) -> list[list[str]]:
    """The rollouts: their revisions are registered after all services and containers were found."""
    names, requests = containers.split(","), []
    unknown, listed = set(names), os.environ["SERVICES"].split(",")
    for service in services.split(","):
        if listed.count(service) > 1:
            raise ValueError(f"{service} is a service of both stages")
        found = find(service)
        controller = found.get("deploymentController", {}).get("type", "ECS")
        if controller != "ECS":
            raise ValueError(f"the deployment controller of {service} is {controller}, not ECS")
        before = found["taskDefinition"]
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
    shape = ecs.meta.service_model.shape_for
    # Some fields only describe the revision, such as its number.
    describing = shape("TaskDefinition").members.keys() - shape("RegisterTaskDefinitionRequest").members
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
    recent = {"after": time() - 48 * HOUR}
    found = ecs.list_service_deployments(**at(service), createdAt=recent, maxResults=100)["serviceDeployments"]
    return max(found, key=lambda each: each["createdAt"], default={"serviceDeploymentArn": ""})


def update(service: str, revision: str) -> None:
    """Deploys a revision, in the way that the service has chosen."""
    try:
        ecs.update_service(**at(service), taskDefinition=revision)
    except ecs.exceptions.ClientError as error:
        raise ValueError(error) from error


def goes_on(service: str, before: str, new: str, last: str) -> bool:
    """Whether the rollout starts or continues. Refuses one that failed, was replaced, or is late to start its tasks."""
    found, deployment = find(service), newest(service)
    runs, status = tail(found["taskDefinition"]), deployment.get("status")
    # ECS does not list the new one yet, and the last one may be older than two days by now.
    if tail(deployment["serviceDeploymentArn"]) in ("", last):
        if runs == before:
            update(service, new)
        return True
    if (status, runs) == ("SUCCESSFUL", new):
        return False
    # All tasks must run when the first hour ends; CodePipeline calls again within 20 minutes. Steps, hooks and bake
    # times may take longer, and then some tasks may be missing: the service scales, or ECS replaces them.
    missing = any(each["runningCount"] < each["desiredCount"] for each in found["deployments"])
    late = missing and HOUR < time() - deployment["createdAt"].timestamp() < 1.4 * HOUR
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
