"""CodeDeploy: its calls with the role of a deployment group.

AWS documents these roles as managed policies, which list the operations without their resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.cloudformation.offline_stack import OfflineStack

_MANAGED = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
_TASK = {"cluster": "{ClusterName}", "service": "{ServiceName}"}
_ROLES = {"taskRoleArn": "{taskRoleArn}", "executionRoleArn": "{executionRoleArn}"}
BLUE_GREEN = Routine(
    f"{_MANAGED}AWSCodeDeployRoleForECS.html",
    (
        ("ecs:DescribeServices", {"cluster": "{ClusterName}", "services": ["{ServiceName}"]}),
        ("ecs:CreateTaskSet", {**_TASK, **_ROLES}),
        ("ecs:UpdateServicePrimaryTaskSet", _TASK),
        ("ecs:DeleteTaskSet", {**_TASK, "taskSet": "ecs-svc/0123456789"}),
        ("elasticloadbalancing:DescribeTargetGroups", {}),
        ("elasticloadbalancing:DescribeListeners", {}),
        ("elasticloadbalancing:DescribeRules", {}),
    ),
)
SHIFT_LISTENER = Routine(
    f"{_MANAGED}AWSCodeDeployRoleForECS.html",
    (
        ("elasticloadbalancing:ModifyListener", {"ListenerArn": "{Listener}"}),
        ("elasticloadbalancing:ModifyRule", {"RuleArn": "{Rule}"}),
    ),
)
HOOK = Routine(f"{_MANAGED}AWSCodeDeployRoleForECS.html", (("lambda:Invoke", {"FunctionName": "{hook}"}),))
SHIFT_ALIAS = Routine(
    f"{_MANAGED}AWSCodeDeployRoleForLambda.html",
    (
        ("lambda:GetAlias", {"FunctionName": "{function}"}),
        ("lambda:UpdateAlias", {"FunctionName": "{function}"}),
        ("lambda:GetProvisionedConcurrencyConfig", {"FunctionName": "{function}", "Qualifier": "{alias}"}),
    ),
)
FIND = Routine(f"{_MANAGED}AWSCodeDeployRole.html", (("ec2:DescribeInstances", {}), ("ec2:DescribeInstanceStatus", {})))
# On premises as well:
# https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-on-premises-register-instance.html
TAGGED = ("Ec2TagFilters", "OnPremisesInstanceTagFilters")
FIND_TAGS = Routine(f"{_MANAGED}AWSCodeDeployRole.html", (("tag:GetResources", {}),))
# By its hook CodeDeploy learns of instances that a group launches, keeps them waiting, and lets them serve or go.
LAUNCHES = Routine(
    f"{_MANAGED}AWSCodeDeployRole.html",
    (
        ("autoscaling:DescribeAutoScalingGroups", {"AutoScalingGroupNames": ["{group}"]}),
        *(
            (f"autoscaling:{operation}", {"AutoScalingGroupName": "{group}"})
            for operation in (
                "DescribeLifecycleHooks",
                "PutLifecycleHook",
                "RecordLifecycleActionHeartbeat",
                "CompleteLifecycleAction",
                "DeleteLifecycleHook",
            )
        ),
    ),
)
INSTANCES = ("AutoScalingGroups", "Ec2TagFilters", "OnPremisesInstanceTagFilters")
ALARMS = Routine(
    f"{_MANAGED}AWSCodeDeployRoleForECS.html", (("cloudwatch:DescribeAlarms", {"AlarmNames": ["{Alarm}"]}),)
)


def _deployment(_stack: OfflineStack, title: str, group: Mapping[str, Any], facts: Facts) -> Iterator[ServiceCall]:
    role, known = group["ServiceRoleArn"], facts(title)
    for service in group.get("ECSServices", ()):
        yield from calls_in(BLUE_GREEN, role, {**known, **service})
        yield from _shift_listeners(group, role)
    if any(each in group for each in INSTANCES):
        yield from _to_instances(group, role)
    elif "ECSServices" not in group:
        functions = [{"function": name} for name in known.get("function", "").split(",") if name]
        for each in functions or [{}]:
            yield from calls_in(SHIFT_ALIAS, role, {**known, **each})
    for hook in filter(None, known.get("hooks", "").split(",")):
        yield from calls_in(HOOK, role, {"hook": hook})
    for alarm in group.get("AlarmConfiguration", {}).get("Alarms", ()):
        yield from calls_in(ALARMS, role, {"Alarm": alarm["Name"]})


def _to_instances(group: Mapping[str, Any], role: str) -> Iterator[ServiceCall]:
    yield from calls_in(FIND, role, {})
    if any(each in group for each in TAGGED):
        yield from calls_in(FIND_TAGS, role, {})
    for name in group.get("AutoScalingGroups", ()):
        yield from calls_in(LAUNCHES, role, {"group": name})


def _shift_listeners(group: Mapping[str, Any], role: str) -> Iterator[ServiceCall]:
    for pair in group["LoadBalancerInfo"]["TargetGroupPairInfoList"]:
        for route in ("ProdTrafficRoute", "TestTrafficRoute"):
            for listener in pair.get(route, {}).get("ListenerArns", ()):
                rule = listener.replace(":listener/", ":listener-rule/") + "/0123456789abcdef"
                yield from calls_in(SHIFT_LISTENER, role, {"Listener": listener, "Rule": rule})


ROLE_USERS: RoleUsers = {"AWS::CodeDeploy::DeploymentGroup": _deployment}
