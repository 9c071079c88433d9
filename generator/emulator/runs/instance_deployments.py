"""Deployments to instances, from start to rollback, and those to instances that a group launches.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from generator.emulator.front.answers import reason
from generator.emulator.front.cloud import Emulator
from generator.emulator.runs import in_place
from generator.emulator.runs.codedeploy_agent import Revision
from generator.emulator.runs.deployment_records import Deployments
from generator.emulator.runs.in_place import Failure
from generator.emulator.runs.instances import Found, Machines, instances_of

USER, LAUNCH, BACK = "user", "autoscaling", "codeDeployRollback"
STATUSES = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
EVENT_OF = {"Failed": "DEPLOYMENT_FAILURE", "ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM"}


def start(cloud: Emulator, group: Mapping[str, Any], revision: Mapping[str, Any]) -> str:
    """Deploy a revision to the instances of a group, to its end. Returns the id of the deployment.

    A failure is followed by the deployment of the last good revision, if the group is configured so.
    """
    records, names = cloud.memory(Deployments), _names(group)
    good = _last_good(records, names)
    made = records.begin(names, revision, USER)
    failure = _carry_out(cloud, group, made)
    wanted = group.get("autoRollbackConfiguration") or {}
    if failure and wanted.get("enabled") and _event(failure) in wanted["events"]:
        if good is None:
            message = "There is no earlier successful deployment to go back to"
            made["rollbackInfo"] = {"rollbackMessage": message}
        else:
            back = records.begin(names, good["revision"], BACK)
            told = {
                "rollbackDeploymentId": back["deploymentId"],
                "rollbackTriggeringDeploymentId": made["deploymentId"],
            }
            made["rollbackInfo"] = back["rollbackInfo"] = told
            _carry_out(cloud, group, back)
    return str(made["deploymentId"])


def launched(cloud: Emulator, group: Mapping[str, Any], instance: str) -> bool:
    """Deploy the last good revision to an instance that an Auto Scaling group has launched.

    Returns whether it may serve.

    Before the first deployment there is nothing to deploy, and the instance serves as it is.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/integrations-aws-auto-scaling.html
    """
    records, names = cloud.memory(Deployments), _names(group)
    good = _last_good(records, names)
    if good is None:
        return True
    made = records.begin(names, good["revision"], LAUNCH)
    only = [one for one in instances_of(cloud, group) if one.name == instance]
    return _carry_out(cloud, {**group, "deploymentConfigName": in_place.ONE_AT_A_TIME}, made, only) is None


def _carry_out(
    cloud: Emulator, group: Mapping[str, Any], made: dict[str, Any], found: list[Found] | None = None
) -> Failure | None:
    records, deployment = cloud.memory(Deployments), made["deploymentId"]
    location = made["revision"]["s3Location"]
    revision = Revision(deployment, group["deploymentGroupId"], _names(group), location)
    config = group["deploymentConfigName"]
    made |= {"computePlatform": "Server", "deploymentConfigName": config}
    try:
        instances = list(instances_of(cloud, group)) if found is None else found
        hosts = records.configs.get(config, {}).get("minimumHealthyHosts", {})
        least = in_place.minimum(config, hosts, len(instances))
        targets, failure = in_place.carry_out(
            cloud, group, revision, instances, least=least, stopped=lambda: made["status"] == "Stopped"
        )
    except ClientError as error:
        targets, failure = {}, Failure("IAM_ROLE_PERMISSIONS", f"{error.operation_name}: {reason(error)}")
    records.targets[deployment] = targets
    counts = Counter(target["status"] for target in targets.values())
    made["deploymentOverview"] = {status: counts[status] for status in STATUSES}
    made["status"] = failure.status if failure else "Succeeded"
    if failure:
        made["errorInformation"] = {"code": failure.code, "message": failure.message}
    records.running |= {
        f"instance {name}": tuple(_running(cloud.memory(Machines), name))
        for name, target in targets.items()
        if target["status"] == "Succeeded"
    }
    return failure


def _running(machines: Machines, instance: str) -> list[str]:
    containers = machines.engine(instance)["containers"]
    return [f"container {name} = {each['Config']['Image']}" for name, each in sorted(containers.items())]


def _last_good(records: Deployments, names: Mapping[str, str]) -> dict[str, Any] | None:
    return next((records.by_id[each] for each in records.of_group(names, ["Succeeded"])), None)


def _names(group: Mapping[str, Any]) -> dict[str, str]:
    return {name: group[name] for name in ("applicationName", "deploymentGroupName")}


def _event(failure: Failure) -> str:
    """The name that the group has for this end of a deployment."""
    return EVENT_OF.get(failure.code) or EVENT_OF.get(failure.status) or "DEPLOYMENT_STOP_ON_REQUEST"
