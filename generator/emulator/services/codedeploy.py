"""AWS CodeDeploy: deployments are executed, and groups change. moto returns success without doing so, or lacks them.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import timezone
from typing import Any

import yaml
from botocore.exceptions import ClientError
from moto.codedeploy.models import CodeDeployBackend, codedeploy_backends
from moto.core.utils import camelcase_to_underscores

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.answers import reason
from generator.emulator.front.operation import Operation, OperationContext
from generator.emulator.runs import instance_deployments, launch_hooks, traffic_shift
from generator.emulator.runs.deployment_records import IN_PROGRESS, Deployments
from generator.emulator.runs.instances import OnPremises

LARGEST_BATCH = 25


def _backend(context: OperationContext) -> CodeDeployBackend:
    return context.backend(codedeploy_backends)


def _create(context: OperationContext) -> Mapping[str, Any]:
    """Create a deployment, and run it to its end with the permissions of its group's role.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
    """
    asked = context.call.parameters
    names = {name: asked[name] for name in ("applicationName", "deploymentGroupName")}
    group = group_of(context, names)
    records = context.memory(Deployments)
    if running := records.of_group(names, IN_PROGRESS):
        message = (
            f"The Deployment Group '{names['deploymentGroupName']}' already has an active Deployment '{running[0]}'"
        )
        raise RefusedError(message, "DeploymentLimitExceededException")
    group["alarmConfiguration"] = asked.get("overrideAlarmConfiguration") or group["alarmConfiguration"]
    if "s3Location" in asked["revision"]:
        _register(context, names["applicationName"], asked["revision"])
        return {"deploymentId": instance_deployments.start(context.cloud, group, asked["revision"])}
    appspec = yaml.safe_load(asked["revision"]["appSpecContent"]["content"])
    made = records.begin(names, asked["revision"], "user")
    made |= _ended(context, group, appspec, made["deploymentId"])
    return {"deploymentId": made["deploymentId"]}


def group_of(context: OperationContext, names: Mapping[str, str]) -> dict[str, Any]:
    """A deployment group, including settings that moto keeps and does not return."""
    try:
        found = context.inside("codedeploy").get_deployment_group(**names)["deploymentGroupInfo"]
    except ClientError as error:
        raise RefusedError(reason(error), str(error.response["Error"]["Code"])) from None
    kept = _backend(context).get_deployment_group(*names.values())
    return {
        **found,
        "alarmConfiguration": kept.alarm_configuration or {},
        "autoScalingGroups": kept.auto_scaling_groups,
        "deploymentGroupId": kept.deployment_group_id,
    }


def _list(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ListDeployments.html"""  # noqa: D415  an address
    asked = context.call.parameters
    names = {name: asked[name] for name in ("applicationName", "deploymentGroupName") if name in asked}
    statuses = asked.get("includeOnlyStatuses") or ()
    records = context.memory(Deployments)
    found = records.of_group(names, statuses)
    if "start" in asked.get("createTimeRange", {}):
        since = asked["createTimeRange"]["start"].replace(tzinfo=timezone.utc)
        found = [each for each in found if records.by_id[each]["createTime"] >= since]
    return {"deployments": found}


def _stop(context: OperationContext) -> Mapping[str, Any]:
    """Stop a deployment that is in progress: it rolls back at its next step.

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
        place, image = shift(context.cloud, group, target["Properties"], ask)
        context.memory(Deployments).running[place] = (image,)
    except (traffic_shift.ShiftError, ClientError) as error:
        why = f"{error.operation_name}: {reason(error)}" if isinstance(error, ClientError) else str(error)
        if made["status"] == "Stopped":
            return {"errorInformation": {"code": "MANUAL_STOP", "message": why}}
        return {"status": "Failed", "errorInformation": {"code": "HEALTH_CONSTRAINTS", "message": why}}
    return {"status": "Succeeded"}


def _ask(context: OperationContext, role: str, deployment: str, hooks: Mapping[str, str], event: str) -> None:
    """Invoke the function of a lifecycle event, which reports the result itself.

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
    if name.startswith("CodeDeployDefault."):
        return {"deploymentConfigInfo": {"deploymentConfigName": name}}
    return {"deploymentConfigInfo": _config(context, name)}


def _config(context: OperationContext, name: str) -> dict[str, Any]:
    found = context.memory(Deployments).configs.get(name)
    if found is None:
        raise RefusedError(f"There is no {name}", "DeploymentConfigDoesNotExistException")
    return found


def _create_config(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentConfig.html"""  # noqa: D415
    asked = dict(context.call.parameters)
    configs, name = context.memory(Deployments).configs, asked["deploymentConfigName"]
    if name in configs:
        raise RefusedError(f"{name} exists already", "DeploymentConfigAlreadyExistsException")
    hosts = asked.get("minimumHealthyHosts") or {}
    most = {"HOST_COUNT": 100_000, "FLEET_PERCENT": 100}.get(hosts.get("type", ""), -1)
    if asked.get("computePlatform", "Server") == "Server" and not 0 <= int(hosts.get("value", -1)) <= most:
        raise RefusedError("The minimum healthy instances are not valid", "InvalidMinimumHealthyHostValueException")
    configs[name] = {**asked, "deploymentConfigId": str(uuid.uuid4())}
    return {"deploymentConfigId": configs[name]["deploymentConfigId"]}


def _delete_config(context: OperationContext) -> Mapping[str, Any]:
    """Delete a configuration, unless a group uses it.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeleteDeploymentConfig.html
    """
    name = context.call.parameters["deploymentConfigName"]
    groups = [each for some in _backend(context).deployment_groups.values() for each in some.values()]
    if any(group.deployment_config_name == name for group in groups):
        raise RefusedError(f"{name} is used by a deployment group", "DeploymentConfigInUseException")
    context.memory(Deployments).configs.pop(name, None)
    return {}


def _batch_get(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html"""  # noqa: D415
    ids, known = context.call.parameters["deploymentIds"], context.memory(Deployments).by_id
    if len(ids) > LARGEST_BATCH:
        raise RefusedError(f"{len(ids)} deployments were asked for", "BatchLimitExceededException")
    return {"deploymentsInfo": [known[each] for each in ids if each in known]}


def _list_targets(context: OperationContext) -> Mapping[str, Any]:
    return {"targetIds": list(context.memory(Deployments).targets.get(context.call.parameters["deploymentId"], {}))}


def _batch_get_targets(context: OperationContext) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentTargets.html"""  # noqa: D415
    asked = context.call.parameters
    known = context.memory(Deployments).targets.get(asked["deploymentId"], {})
    found = [known[each] for each in asked["targetIds"] if each in known]
    return {"deploymentTargets": [{"deploymentTargetType": "InstanceTarget", "instanceTarget": each} for each in found]}


def _register_revision(context: OperationContext) -> Mapping[str, Any]:
    _register(context, context.call.parameters["applicationName"], context.call.parameters["revision"])
    return {}


def _register(context: OperationContext, application: str, revision: Mapping[str, Any]) -> None:
    context.memory(Deployments).revisions.append((application, _content(revision)))


def _get_revision(context: OperationContext) -> Mapping[str, Any]:
    asked = context.call.parameters
    if (asked["applicationName"], _content(asked["revision"])) not in context.memory(Deployments).revisions:
        raise RefusedError("This revision was not registered", "RevisionDoesNotExistException")
    return {name: context.call.parameters[name] for name in ("applicationName", "revision")}


def _content(revision: Mapping[str, Any]) -> str:
    """The text that identifies a revision."""
    return json.dumps(revision.get("s3Location") or revision["appSpecContent"]["content"], sort_keys=True)


def _register_instance(context: OperationContext) -> Mapping[str, Any]:
    """An on-premises instance, which acts with sessions of a role.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_RegisterOnPremisesInstance.html
    """
    asked = context.call.parameters
    # arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
    session = asked["iamSessionArn"]
    role = session.rpartition("/")[0].replace(":sts:", ":iam:").replace(":assumed-role/", ":role/")
    context.memory(OnPremises).by_name[asked["instanceName"]] = {"role": role, "tags": []}
    return {}


def _tag_instances(context: OperationContext) -> Mapping[str, Any]:
    asked = context.call.parameters
    for name in asked["instanceNames"]:
        context.memory(OnPremises).by_name[name]["tags"] += asked["tags"]
    return {}


def _create_group(context: OperationContext) -> Mapping[str, Any]:
    """Create a group, unless one of its ECS services already has one, in any application.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentGroup.html
    """
    asked, backend = dict(context.call.parameters), _backend(context)
    taken = [each for groups in backend.deployment_groups.values() for each in groups.values()]
    for service in asked.get("ecsServices") or ():
        if any(service in (group.ecs_services or ()) for group in taken):
            where = f"{service['clusterName']}/{service['serviceName']}"
            message = f"The ECS service {where} can be associated with only one deployment group"
            raise RefusedError(message, "ECSServiceMappingLimitExceededException")
    _check_config(context, asked)
    optional = ("deploymentConfigName", "ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups")
    settings = {**dict.fromkeys(optional), **asked}
    launch_hooks.settle(context.cloud, asked["serviceRoleArn"], asked.get("autoScalingGroups") or ())
    group = backend.create_deployment_group(**{camelcase_to_underscores(key): each for key, each in settings.items()})
    return {"deploymentGroupId": group}


def _check_config(context: OperationContext, asked: Mapping[str, Any]) -> None:
    name = asked.get("deploymentConfigName") or "CodeDeployDefault.OneAtATime"
    if not name.startswith("CodeDeployDefault."):
        _config(context, name)


def _update_group(context: OperationContext) -> dict[str, Any]:
    """Change only the given settings.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_UpdateDeploymentGroup.html
    """
    asked = dict(context.call.parameters)
    application, name = asked.pop("applicationName"), asked.pop("currentDeploymentGroupName")
    group = _backend(context).get_deployment_group(application, name)
    _check_config(context, asked)
    if "autoScalingGroups" in asked:
        role = asked.get("serviceRoleArn", group.service_role_arn)
        launch_hooks.settle(context.cloud, role, asked["autoScalingGroups"], group.auto_scaling_groups)
    for key, value in asked.items():
        setattr(group, camelcase_to_underscores(key), value)
    return {"hooksNotCleanedUp": []}


def _delete_group(context: OperationContext) -> dict[str, Any]:
    asked = context.call.parameters
    gone = _backend(context).deployment_groups.get(asked["applicationName"], {}).pop(asked["deploymentGroupName"], None)
    if gone is not None:
        launch_hooks.settle(context.cloud, gone.service_role_arn, (), gone.auto_scaling_groups)
    return {"hooksNotCleanedUp": []}


def _delete_application(context: OperationContext) -> dict[str, Any]:
    """Delete an application with everything that belongs to it."""
    name = context.call.parameters["applicationName"]
    _backend(context).deployment_groups.pop(name, None)
    _backend(context).applications.pop(name, None)
    return {}


OPERATIONS: dict[str, Operation] = {
    "codedeploy:AddTagsToOnPremisesInstances": _tag_instances,
    "codedeploy:BatchGetDeploymentTargets": _batch_get_targets,
    "codedeploy:BatchGetDeployments": _batch_get,
    "codedeploy:CreateDeployment": _create,
    "codedeploy:CreateDeploymentConfig": _create_config,
    "codedeploy:CreateDeploymentGroup": _create_group,
    "codedeploy:DeleteApplication": _delete_application,
    "codedeploy:DeleteDeploymentConfig": _delete_config,
    "codedeploy:DeleteDeploymentGroup": _delete_group,
    "codedeploy:GetApplicationRevision": _get_revision,
    "codedeploy:GetDeployment": _get,
    "codedeploy:GetDeploymentConfig": _get_config,
    "codedeploy:ListDeploymentTargets": _list_targets,
    "codedeploy:ListDeployments": _list,
    "codedeploy:PutLifecycleEventHookExecutionStatus": _put_hook_status,
    "codedeploy:RegisterApplicationRevision": _register_revision,
    "codedeploy:RegisterOnPremisesInstance": _register_instance,
    "codedeploy:StopDeployment": _stop,
    "codedeploy:UpdateDeploymentGroup": _update_group,
}
