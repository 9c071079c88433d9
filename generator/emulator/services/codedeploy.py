"""AWS CodeDeploy: deployments are carried out, and groups change; moto answers without doing anything, or lacks it.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from botocore.exceptions import ClientError
from moto.codedeploy.models import CodeDeployBackend, codedeploy_backends
from moto.core.utils import camelcase_to_underscores

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.answers import reason
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs import traffic_shift

# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
IN_PROGRESS = ("Created", "Queued", "InProgress", "Baking", "Ready")


@dataclass
class Deployments:
    """Deployments and how they ended, the revisions that were registered, the answers of hooks."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    """In the order in which they were created."""
    revisions: list[tuple[str, str]] = field(default_factory=list)
    """Application and content."""
    hooks: dict[str, str] = field(default_factory=dict)
    """The status of each execution of a hook."""
    shifted: list[str] = field(default_factory=list)
    """Where traffic goes after each deployment, a line each."""


def _backend(context: OperationContext) -> CodeDeployBackend:
    return context.backend(codedeploy_backends)


def _create(context: OperationContext) -> Mapping[str, Any]:
    """A deployment, which is carried out to its end with the rights of its group's role.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
    """
    asked = context.call.parameters
    names = {name: asked[name] for name in ("applicationName", "deploymentGroupName")}
    try:
        group = context.inside("codedeploy").get_deployment_group(**names)["deploymentGroupInfo"]
    except ClientError as error:
        raise RefusedError(reason(error), str(error.response["Error"]["Code"])) from None
    deployments = context.memory(Deployments).by_id
    if running := _of_group(deployments, names, IN_PROGRESS):
        message = (
            f"The Deployment Group '{names['deploymentGroupName']}' already has an active Deployment '{running[0]}'"
        )
        raise RefusedError(message, "DeploymentLimitExceededException")
    # moto keeps the alarms of a group and does not return them.
    alarms = _backend(context).get_deployment_group(*names.values()).alarm_configuration
    group["alarmConfiguration"] = asked.get("overrideAlarmConfiguration") or alarms or {}
    deployment = f"d-{uuid.uuid4().hex[:9].upper()}"
    appspec = yaml.safe_load(asked["revision"]["appSpecContent"]["content"])
    made = {"deploymentId": deployment, **names, "revision": asked["revision"], "status": "InProgress"}
    deployments[deployment] = made
    made |= _ended(context, group, appspec, deployment)
    return {"deploymentId": deployment}


def _of_group(
    deployments: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], statuses: Collection[str]
) -> list[str]:
    """The deployments of a group that have one of the statuses, or any status if none is named; the newest first."""
    return [
        deployment
        for deployment, made in reversed(list(deployments.items()))
        if names.items() <= made.items() and (not statuses or made["status"] in statuses)
    ]


def _list(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ListDeployments.html"""  # noqa: D415  an address
    asked = context.call.parameters
    names = {name: asked[name] for name in ("applicationName", "deploymentGroupName") if name in asked}
    statuses = asked.get("includeOnlyStatuses") or ()
    return {"deployments": _of_group(context.memory(Deployments).by_id, names, statuses)}


def _stop(context: OperationContext) -> Mapping[str, Any]:
    """Stop a deployment that is in progress: it goes back at its next step.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_StopDeployment.html
    """
    asked = context.call.parameters
    if not asked.get("autoRollbackEnabled"):
        raise NotImplementedError("a stop without a rollback is not emulated")
    found = context.memory(Deployments).by_id.get(asked["deploymentId"])
    if not found:
        raise RefusedError("There is no such deployment", "DeploymentDoesNotExistException")
    if found["status"] not in IN_PROGRESS:
        raise RefusedError("The deployment has ended already", "DeploymentAlreadyCompletedException")
    found["status"] = "Stopped"
    return {"status": "Pending", "statusMessage": "The deployment is being stopped"}


def _ended(
    context: OperationContext, group: Mapping[str, Any], appspec: Mapping[str, Any], deployment: str
) -> dict[str, Any]:
    (target,) = next(iter(appspec["Resources"])).values()
    shift = traffic_shift.SHIFTS[target["Type"]]
    hooks = {event: function for hook in appspec.get("Hooks", ()) for event, function in hook.items()}
    made = context.memory(Deployments).by_id[deployment]

    def ask(event: str) -> None:
        _ask(context, group["serviceRoleArn"], deployment, hooks, event)
        if made["status"] == "Stopped":
            raise traffic_shift.ShiftError(f"stopped at {event}")

    try:
        context.memory(Deployments).shifted.append(shift(context.cloud, group, target["Properties"], ask))
    except (traffic_shift.ShiftError, ClientError) as error:
        why = f"{error.operation_name}: {reason(error)}" if isinstance(error, ClientError) else str(error)
        if made["status"] == "Stopped":
            return {"errorInformation": {"code": "MANUAL_STOP", "message": why}}
        return {"status": "Failed", "errorInformation": {"code": "HEALTH_CONSTRAINTS", "message": why}}
    return {"status": "Succeeded"}


def _ask(context: OperationContext, role: str, deployment: str, hooks: Mapping[str, str], event: str) -> None:
    """Invoke the function of a lifecycle event, which reports the result by itself.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
    """
    if event not in hooks:
        return
    hook = str(uuid.uuid4())
    payload = json.dumps({"DeploymentId": deployment, "LifecycleEventHookExecutionId": hook}).encode()
    context.cloud.client("lambda", role).invoke(FunctionName=hooks[event], InvocationType="Event", Payload=payload)
    status = context.memory(Deployments).hooks.get(hook, "nothing")
    if status != "Succeeded":
        raise traffic_shift.ShiftError(f"{event}: {hooks[event]} said {status}")


def _put_hook_status(context: OperationContext) -> Mapping[str, Any]:
    execution = context.call.parameters["lifecycleEventHookExecutionId"]
    context.memory(Deployments).hooks[execution] = context.call.parameters["status"]
    return {"lifecycleEventHookExecutionId": execution}


def _get(context: OperationContext) -> Mapping[str, Any]:
    found = context.memory(Deployments).by_id.get(context.call.parameters["deploymentId"])
    if not found:
        raise RefusedError("There is no such deployment", "DeploymentDoesNotExistException")
    return {"deploymentInfo": found}


def _get_config(context: OperationContext) -> Mapping[str, Any]:
    name = context.call.parameters["deploymentConfigName"]
    if not name.startswith("CodeDeployDefault."):
        raise RefusedError(f"There is no {name}", "DeploymentConfigDoesNotExistException")
    return {"deploymentConfigInfo": {"deploymentConfigName": name}}


def _register_revision(context: OperationContext) -> Mapping[str, Any]:
    context.memory(Deployments).revisions.append(_revision(context))
    return {}


def _get_revision(context: OperationContext) -> Mapping[str, Any]:
    if _revision(context) not in context.memory(Deployments).revisions:
        raise RefusedError("This revision was not registered", "RevisionDoesNotExistException")
    return {name: context.call.parameters[name] for name in ("applicationName", "revision")}


def _revision(context: OperationContext) -> tuple[str, str]:
    asked = context.call.parameters
    return asked["applicationName"], asked["revision"]["appSpecContent"]["content"]


def _create_group(context: OperationContext) -> Mapping[str, Any]:
    """A group, unless one of its ECS services has one already, of whatever application.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentGroup.html
    """
    asked, backend = dict(context.call.parameters), _backend(context)
    taken = [each for groups in backend.deployment_groups.values() for each in groups.values()]
    for service in asked.get("ecsServices") or ():
        if any(service in (group.ecs_services or ()) for group in taken):
            where = f"{service['clusterName']}/{service['serviceName']}"
            message = f"The ECS service {where} can be associated with only one deployment group"
            raise RefusedError(message, "ECSServiceMappingLimitExceededException")
    optional = ("deploymentConfigName", "ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups")
    settings = {**dict.fromkeys(optional), **asked}
    group = backend.create_deployment_group(**{camelcase_to_underscores(key): each for key, each in settings.items()})
    return {"deploymentGroupId": group}


def _update_group(context: OperationContext) -> dict[str, Any]:
    """Only what is given is changed.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_UpdateDeploymentGroup.html
    """
    asked = dict(context.call.parameters)
    application, name = asked.pop("applicationName"), asked.pop("currentDeploymentGroupName")
    group = _backend(context).get_deployment_group(application, name)
    for key, value in asked.items():
        setattr(group, camelcase_to_underscores(key), value)
    return {"hooksNotCleanedUp": []}


def _delete_group(context: OperationContext) -> dict[str, Any]:
    asked = context.call.parameters
    _backend(context).deployment_groups.get(asked["applicationName"], {}).pop(asked["deploymentGroupName"], None)
    return {"hooksNotCleanedUp": []}


def _delete_application(context: OperationContext) -> dict[str, Any]:
    """With all that belongs to it."""
    name = context.call.parameters["applicationName"]
    _backend(context).deployment_groups.pop(name, None)
    _backend(context).applications.pop(name, None)
    return {}


OPERATIONS: dict[str, Operation] = {
    "codedeploy:CreateDeployment": _create,
    "codedeploy:CreateDeploymentGroup": _create_group,
    "codedeploy:DeleteApplication": _delete_application,
    "codedeploy:DeleteDeploymentGroup": _delete_group,
    "codedeploy:GetApplicationRevision": _get_revision,
    "codedeploy:GetDeployment": _get,
    "codedeploy:GetDeploymentConfig": _get_config,
    "codedeploy:ListDeployments": _list,
    "codedeploy:PutLifecycleEventHookExecutionStatus": _put_hook_status,
    "codedeploy:RegisterApplicationRevision": _register_revision,
    "codedeploy:StopDeployment": _stop,
    "codedeploy:UpdateDeploymentGroup": _update_group,
}
