"""The traffic shift of a CodeDeploy deployment, call by call: from the old version to the new one, or back.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from generator.emulator.front.cloud import Emulator

Ask = Callable[[str], None]
"""Calls the function of a lifecycle event, if there is one."""
Shift = Callable[[Emulator, Mapping[str, Any], Mapping[str, Any], Ask], tuple[str, str]]
"""Shifts, and returns the place and the new destination of its traffic as texts."""


class ShiftError(Exception):
    """The deployment fails; the traffic is unchanged."""


def shift_alias(cloud: Emulator, group: Mapping[str, Any], target: Mapping[str, Any], ask: Ask) -> tuple[str, str]:
    """The alias of a function: a tenth of the calls first, unless all are shifted at once, then all.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
    """
    lambda_ = cloud.client("lambda", group["serviceRoleArn"])
    where = {"FunctionName": target["Name"], "Name": target["Alias"]}
    current, wanted = target["CurrentVersion"], target["TargetVersion"]
    if (there := lambda_.get_alias(**where)["FunctionVersion"]) != current:
        raise ShiftError(f"the alias is on version {there}, not on {current}")
    with suppress(lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        lambda_.get_provisioned_concurrency_config(FunctionName=target["Name"], Qualifier=target["Alias"])
    ask("BeforeAllowTraffic")
    if not group["deploymentConfigName"].endswith("AllAtOnce"):
        tenth = {"AdditionalVersionWeights": {wanted: 0.1}}
        lambda_.update_alias(**where, FunctionVersion=current, RoutingConfig=tenth)
    try:
        watch(cloud, group)
        lambda_.update_alias(**where, FunctionVersion=wanted, RoutingConfig={"AdditionalVersionWeights": {}})
        ask("AfterAllowTraffic")
    except (ShiftError, ClientError):
        lambda_.update_alias(**where, FunctionVersion=current, RoutingConfig={"AdditionalVersionWeights": {}})
        raise
    code = cloud.inside("lambda").get_function(FunctionName=target["Name"], Qualifier=wanted)["Code"]
    return f"function {target['Name']}, alias {target['Alias']}", f"version {wanted}: {code['ImageUri']}"


def shift_service(cloud: Emulator, group: Mapping[str, Any], target: Mapping[str, Any], ask: Ask) -> tuple[str, str]:
    """A service of Amazon ECS: start new tasks behind the other target group, switch the listeners, stop the old tasks.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
    """
    ecs, elb = (cloud.client(service, group["serviceRoleArn"]) for service in ("ecs", "elbv2"))
    where = {"cluster": group["ecsServices"][0]["clusterName"], "service": group["ecsServices"][0]["serviceName"]}
    [service] = ecs.describe_services(cluster=where["cluster"], services=[where["service"]])["services"]
    old = next(each for each in service["taskSets"] if each["status"] == "PRIMARY")
    pair = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    live, test = (pair.get(route, {}).get("listenerArns", []) for route in ("prodTrafficRoute", "testTrafficRoute"))
    groups = elb.describe_target_groups(Names=[each["name"] for each in pair["targetGroups"]])["TargetGroups"]
    blue = elb.describe_listeners(ListenerArns=live)["Listeners"][0]["DefaultActions"][0]["TargetGroupArn"]
    green = next(each["TargetGroupArn"] for each in groups if each["TargetGroupArn"] != blue)
    for listener in (*live, *test):
        elb.describe_rules(ListenerArn=listener)
    ask("BeforeInstall")
    container = target["LoadBalancerInfo"]
    balancer = {"containerName": container["ContainerName"], "containerPort": int(container["ContainerPort"])}
    new = ecs.create_task_set(
        **where,
        taskDefinition=target["TaskDefinition"],
        launchType=old["launchType"],
        loadBalancers=[{"targetGroupArn": green, **balancer}],
        scale={"value": 100.0, "unit": "PERCENT"},
    )["taskSet"]
    try:
        ask("AfterInstall")
        _lead(elb, test, green)
        ask("AfterAllowTestTraffic")
        ask("BeforeAllowTraffic")
        _lead(elb, live, green)
        ask("AfterAllowTraffic")
        watch(cloud, group)
        ecs.update_service_primary_task_set(**where, primaryTaskSet=new["taskSetArn"])
    except (ShiftError, ClientError):
        _lead(elb, [*live, *test], blue)
        ecs.delete_task_set(**where, taskSet=new["taskSetArn"], force=True)
        raise
    ecs.delete_task_set(**where, taskSet=old["taskSetArn"], force=True)
    described = cloud.inside("ecs").describe_task_definition(taskDefinition=target["TaskDefinition"])["taskDefinition"]
    images = ", ".join(f"{each['name']} = {each['image']}" for each in described["containerDefinitions"])
    return f"service {where['cluster']}/{where['service']}", f"{described['family']}:{described['revision']}: {images}"


SHIFTS: Mapping[str, Shift] = {"AWS::Lambda::Function": shift_alias, "AWS::ECS::Service": shift_service}


def _lead(elb: Any, listeners: list[str], target_group: str) -> None:
    for listener in listeners:
        forward = {"Type": "forward", "TargetGroupArn": target_group}
        elb.modify_listener(ListenerArn=listener, DefaultActions=[forward])


def watch(cloud: Emulator, group: Mapping[str, Any]) -> None:
    """Stop the deployment if any alarm of the group is on."""
    names = [alarm["name"] for alarm in group.get("alarmConfiguration", {}).get("alarms", ())]
    if names:
        cloudwatch = cloud.client("cloudwatch", group["serviceRoleArn"])
        found = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        if on := [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]:
            raise ShiftError(f"stopped by the alarm {', '.join(on)}")
