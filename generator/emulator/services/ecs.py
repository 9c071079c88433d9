"""Amazon ECS: deployments of services and how they end, and refusals of ECS that moto lacks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs.models import EC2ContainerServiceBackend, Service, ecs_backends

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs.service_shift import ServiceShift, ShiftEnd, shift
from generator.emulator.runs.service_strategy import check_strategy

# Settings that an update may change in a service with the controller CODE_DEPLOY.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
OPEN_WITH_CODE_DEPLOY = {
    *("cluster", "service", "desiredCount", "deploymentConfiguration", "healthCheckGracePeriodSeconds"),
    *("placementConstraints", "placementStrategy", "enableECSManagedTags", "propagateTags"),
}
# Properties of a task definition that moto keeps.
TASK_DEFINITION_FIELDS = (
    *("volumes", "tags", "networkMode", "placementConstraints", "requiresCompatibilities", "cpu", "memory"),
    *("taskRoleArn", "executionRoleArn", "proxyConfiguration", "inferenceAccelerators", "runtimePlatform"),
    *("ipcMode", "pidMode", "ephemeralStorage"),
)
_ECR_IMAGE = re.compile(r"[0-9]{12}\.dkr\.ecr\.")


@dataclass
class ServiceDeployments:
    """The deployments of services, the oldest first, and the service revisions that they deployed."""

    deployments: list[dict[str, Any]] = field(default_factory=list)
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The service revisions, by ARN."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The deployment configuration of a service, by its ARN."""
    updated: dict[str, str] = field(default_factory=dict)
    """A line for people about each updated service: what it runs now, by its ARN."""
    unhealthy: set[str] = field(default_factory=set)
    """Digests of images whose tasks never become healthy, or "cluster/service digest" if only there."""

    def of(self, service: str) -> list[dict[str, Any]]:
        """The deployments of the service with this ARN."""
        return [each for each in self.deployments if each["serviceArn"] == service]


@dataclass
class TaskRuns:
    """Tasks that were run once, by ARN. All of them have ended."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    exit_codes: dict[tuple[str, str], int | None] = field(default_factory=dict)
    """How a container ends, by the digest of an image of its task and its own name: None if it cannot start."""


def _backend(context: OperationContext) -> EC2ContainerServiceBackend:
    return context.backend(ecs_backends)


def _service(context: OperationContext) -> Service:
    asked = context.call.parameters
    cluster = str(asked.get("cluster", "default")).rpartition("/")[2]
    name = str(asked["service"]).rpartition("/")[2]
    found = _backend(context).services.get(f"{cluster}:{name}")
    if found is None:
        raise RefusedError("Service not found.", "ServiceNotFoundException")
    return found


def _create(context: OperationContext) -> Mapping[str, Any]:
    """Create a service with its first deployment. If CodeDeploy controls it, ECS creates its first task set.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
    """
    asked = context.call.parameters
    controller = asked.get("deploymentController", {}).get("type", "ECS")
    check_strategy(context.inside("elbv2"), controller, asked)
    service = _backend(context).create_service(
        cluster_str=asked.get("cluster", "default"),
        service_name=asked["serviceName"],
        desired_count=asked.get("desiredCount", 0),
        task_definition_str=asked.get("taskDefinition"),
        load_balancers=asked.get("loadBalancers"),
        scheduling_strategy=asked.get("schedulingStrategy"),
        tags=asked.get("tags"),
        deployment_controller=asked.get("deploymentController"),
        launch_type=asked.get("launchType"),
        service_registries=asked.get("serviceRegistries"),
        platform_version=asked.get("platformVersion"),
        propagate_tags=asked.get("propagateTags") or "NONE",
        network_configuration=asked.get("networkConfiguration"),
        role_arn=asked.get("role"),
    )
    context.memory(ServiceDeployments).settings[service.arn] = asked.get("deploymentConfiguration") or {}
    if service.deployment_controller["type"] == "ECS":
        _deploy(context, service, "")
    elif service.deployment_controller["type"] == "CODE_DEPLOY":
        _add_first_task_set(context, service)
    return {"service": service}


def _add_first_task_set(context: OperationContext, service: Service) -> None:
    where = {"cluster": service.cluster_name, "service": service.name}
    tasks = _backend(context).create_task_set(
        service=service.name,
        cluster_str=service.cluster_name,
        task_definition=str(service.task_definition),
        load_balancers=service.load_balancers,
        launch_type=service.launch_type,
    )
    _backend(context).update_service_primary_task_set(**where, primary_task_set=tasks.task_set_arn)


def _update(context: OperationContext) -> Mapping[str, Any]:
    asked, service = context.call.parameters, _service(context)
    if service.deployment_controller["type"] == "CODE_DEPLOY" and (closed := asked.keys() - OPEN_WITH_CODE_DEPLOY):
        what = ", ".join(sorted(closed))
        message = f"Unable to update {what} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to"
        raise RefusedError(f"{message} trigger a new deployment.", "InvalidParameterException")
    settings = context.memory(ServiceDeployments).settings
    known = {"deploymentConfiguration": settings.get(service.arn, {}), "loadBalancers": service.load_balancers}
    check_strategy(context.inside("elbv2"), service.deployment_controller["type"], {**known, **asked})
    before = str(service.task_definition)
    if "deploymentConfiguration" in asked:
        settings[service.arn] = asked["deploymentConfiguration"]
    _backend(context).update_service({camelcase_to_underscores(key): value for key, value in asked.items()})
    if "taskDefinition" in asked:
        service.task_definition = _backend(context).describe_task_definition(asked["taskDefinition"]).arn
    if "taskDefinition" in asked or asked.get("forceNewDeployment"):
        _deploy(context, service, before)
    return {"service": service}


def _deploy(context: OperationContext, service: Service, before: str) -> None:
    """Deploy the service's new settings, to the end of the deployment. `before` is the revision that it ran."""
    if not service.task_definition:
        return
    memory = context.memory(ServiceDeployments)
    place = f"{service.cluster_name}/{service.name}"
    revision: dict[str, Any] = {
        "serviceRevisionArn": context.arn(f"service-revision/{place}/{uuid.uuid4().int % 10**19}"),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": service.task_definition,
        "containerImages": list(_images(context, str(service.task_definition))),
        "createdAt": _later(memory),
    }
    earlier = memory.of(service.arn)
    succeeded = [each["targetServiceRevisionArn"] for each in earlier if each["status"] == "SUCCESSFUL"]
    running = succeeded[-1] if succeeded else ""
    deployment = context.arn(f"service-deployment/{place}/{uuid.uuid4().hex[:21]}")
    memory.revisions[revision["serviceRevisionArn"]] = revision
    if memory.settings.get(service.arn, {}).get("strategy", "ROLLING") != "ROLLING":
        end = shift(
            ServiceShift(
                cloud=context.cloud,
                deployment=deployment,
                service=service.arn,
                revisions=(running, revision["serviceRevisionArn"]),
                healthy=_is_healthy(memory, service, revision),
                settings=memory.settings[service.arn],
                balancers=tuple(service.load_balancers),
            )
        )
    else:
        end = _rolled(memory, service, revision)
    if end.status == "ROLLBACK_SUCCESSFUL":
        service.task_definition = before
    elif end.status == "SUCCESSFUL" and before:
        images = ", ".join(f"{each['containerName']} = {each['image']}" for each in revision["containerImages"])
        family = str(service.task_definition).rpartition("/")[2]
        memory.updated[str(service.arn)] = f"service {place}, {family}: {images}"
    for each in earlier:
        # A new deployment stops the one that is still running.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html#service-deployments-states
        if each["status"] == "IN_PROGRESS":
            each["status"] = "STOPPED"
    memory.deployments.append(
        {
            "serviceDeploymentArn": deployment,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": revision["createdAt"],
            "startedAt": revision["createdAt"],
            "targetServiceRevisionArn": revision["serviceRevisionArn"],
            "status": end.status,
            "statusReason": end.reason,
            **({} if end.status == "IN_PROGRESS" else {"finishedAt": _after(revision["createdAt"], end.minutes)}),
        }
    )


def _after(moment: datetime, minutes: float) -> datetime:
    return moment + timedelta(minutes=minutes)


def _is_healthy(memory: ServiceDeployments, service: Service, revision: Mapping[str, Any]) -> bool:
    digests = {each["imageDigest"] for each in revision["containerImages"]}
    here = {f"{service.cluster_name}/{service.name} {digest}" for digest in digests}
    return not (digests | here) & memory.unhealthy


def _rolled(memory: ServiceDeployments, service: Service, revision: Mapping[str, Any]) -> ShiftEnd:
    """How a rolling deployment ends, and why. If the circuit breaker rolls back, the service runs the old revision.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    if _is_healthy(memory, service, revision):
        return ShiftEnd("SUCCESSFUL")
    breaker = memory.settings.get(service.arn, {}).get("deploymentCircuitBreaker", {})
    if not breaker.get("enable"):
        return ShiftEnd("IN_PROGRESS")
    reason = "Service deployment rolled back because the circuit breaker threshold was exceeded."
    if not breaker.get("rollback"):
        return ShiftEnd("STOPPED", "The circuit breaker threshold was exceeded.")
    return ShiftEnd("ROLLBACK_SUCCESSFUL", reason)


def _images(context: OperationContext, task_definition: str) -> Iterator[dict[str, str]]:
    for container in _backend(context).describe_task_definition(task_definition).container_definitions:
        name, image = str(container["name"]), str(container["image"])
        yield {"containerName": name, "image": image, "imageDigest": image.partition("@")[2]}


def _later(memory: ServiceDeployments) -> datetime:
    """A moment after all others, because answers have whole seconds."""
    moments = [datetime.now(timezone.utc).replace(microsecond=0)]
    moments += [each["createdAt"] + timedelta(seconds=1) for each in memory.deployments]
    return max(moments)


def _create_task_set(context: OperationContext) -> Mapping[str, Any]:
    """Create a task set without tasks.

    With them, moto would require memory limits of the containers, which are optional.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateTaskSet.html
    """
    asked = {camelcase_to_underscores(key): value for key, value in context.call.parameters.items() if key != "scale"}
    return {"taskSet": _backend(context).create_task_set(cluster_str=asked.pop("cluster"), **asked)}


def _list_deployments(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html."""
    found = context.memory(ServiceDeployments).of(_service(context).arn)
    asked = context.call.parameters
    wanted = asked.get("status")
    # The front gives moments without their time zone.
    created = {key: moment.replace(tzinfo=timezone.utc) for key, moment in asked.get("createdAt", {}).items()}
    return {
        "serviceDeployments": [
            each
            for each in found
            if (not wanted or each["status"] in wanted)
            and ("after" not in created or each["createdAt"] > created["after"])
            and ("before" not in created or each["createdAt"] < created["before"])
        ]
    }


def _describe_revisions(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html."""
    known, arns = context.memory(ServiceDeployments).revisions, context.call.parameters["serviceRevisionArns"]
    return {
        "serviceRevisions": [known[arn] for arn in arns if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


def _describe_task_definition(context: OperationContext) -> Mapping[str, Any]:
    """A family without a revision means its newest active one; moto takes the newest.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
    """
    asked, backend = context.call.parameters, _backend(context)
    which = str(asked["taskDefinition"]).rpartition("/")[2]
    if ":" not in which:
        known = backend.task_definitions.get(which, {})
        active = [number for number, each in known.items() if each.status == "ACTIVE"]
        if not active:
            raise RefusedError("Unable to describe task definition.", "ClientException")
        which = f"{which}:{max(active)}"
    found = backend.describe_task_definition(which)
    tags = backend.list_tags_for_resource(found.arn) if "TAGS" in asked.get("include", ()) else []
    return {"taskDefinition": found, "tags": tags}


def _list_task_definitions(context: OperationContext) -> Mapping[str, Any]:
    """In the order of family and revision, ascending or descending, which moto lacks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
    """
    asked = context.call.parameters
    family, status = asked.get("familyPrefix"), asked.get("status", "ACTIVE")
    known = (each for revisions in _backend(context).task_definitions.values() for each in revisions.values())
    arns = [str(each.arn) for each in known if family in (None, each.family) and each.status == status]

    def place(arn: str) -> tuple[str, int]:
        before, _, revision = arn.rpartition(":")
        return before, int(revision)

    return {"taskDefinitionArns": sorted(arns, key=place, reverse=asked.get("sort") == "DESC")}


def _register_task_definition(context: OperationContext) -> Mapping[str, Any]:
    """Register a task definition.

    Fargate pulls from ECR and writes logs with the execution role, and requires it for both.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    asked = context.call.parameters
    if "FARGATE" in asked.get("requiresCompatibilities", ()) and "executionRoleArn" not in asked:
        containers = asked["containerDefinitions"]
        needing = (
            ("ECR images", any(_ECR_IMAGE.match(each.get("image", "")) for each in containers)),
            ("log driver awslogs", any(_log_driver(each) == "awslogs" for each in containers)),
        )
        for what, needs_role in needing:
            if needs_role:
                message = f"Fargate requires task definition to have execution role ARN to support {what}."
                raise RefusedError(message, "ClientException")
    registered = _backend(context).register_task_definition(
        asked["family"],
        asked["containerDefinitions"],
        **{camelcase_to_underscores(key): asked[key] for key in TASK_DEFINITION_FIELDS if key in asked},
    )
    return {"taskDefinition": registered, "tags": asked.get("tags", [])}


def _log_driver(container: Mapping[str, Any]) -> str:
    return str(container.get("logConfiguration", {}).get("logDriver", ""))


def _run_task(context: OperationContext) -> Mapping[str, Any]:
    """Run a task, which has ended when the call returns.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    asked, backend, memory = context.call.parameters, _backend(context), context.memory(TaskRuns)
    cluster = str(asked.get("cluster", "default")).rpartition("/")[2]
    if cluster not in backend.clusters:
        raise RefusedError("Cluster not found.", "ClusterNotFoundException")
    definition = backend.describe_task_definition(asked["taskDefinition"])
    if definition.network_mode == "awsvpc" and "networkConfiguration" not in asked:
        message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        raise RefusedError(message, "InvalidParameterException")
    if asked.get("launchType") == "FARGATE" and "FARGATE" not in (definition.requires_compatibilities or ()):
        raise RefusedError("Task definition does not support launch_type FARGATE.", "InvalidParameterException")
    arn = context.arn(f"task/{cluster}/{uuid.uuid4().hex}")
    digests = [image["imageDigest"] for image in _images(context, definition.arn)]
    containers = []
    for container in definition.container_definitions:
        name = str(container["name"])
        codes = [memory.exit_codes[digest, name] for digest in digests if (digest, name) in memory.exit_codes]
        code = codes[0] if codes else 0
        ended = {"reason": "CannotPullContainerError"} if code is None else {"exitCode": code}
        containers.append({"name": name, "lastStatus": "STOPPED", **ended})
    task = {
        "taskArn": arn,
        "taskDefinitionArn": definition.arn,
        "clusterArn": context.arn(f"cluster/{cluster}"),
        "lastStatus": "STOPPED",
        "stoppedReason": "Essential container in task exited",
        "containers": containers,
    }
    memory.tasks[arn] = task
    return {"tasks": [task], "failures": []}


def _describe_tasks(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html."""
    known, arns = context.memory(TaskRuns).tasks, context.call.parameters["tasks"]
    return {
        "tasks": [known[arn] for arn in arns if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


OPERATIONS: dict[str, Operation] = {
    "ecs:CreateService": _create,
    "ecs:CreateTaskSet": _create_task_set,
    "ecs:DescribeServiceRevisions": _describe_revisions,
    "ecs:DescribeTaskDefinition": _describe_task_definition,
    "ecs:DescribeTasks": _describe_tasks,
    "ecs:ListServiceDeployments": _list_deployments,
    "ecs:ListTaskDefinitions": _list_task_definitions,
    "ecs:RegisterTaskDefinition": _register_task_definition,
    "ecs:RunTask": _run_task,
    "ecs:UpdateService": _update,
}
