"""Amazon ECS's checks of a service's deployment strategy, hooks and load balancers.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from generator.cloudformation.refusals import NotEmulatedError, RefusedError

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html
STAGES = {
    *("RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"),
    *("PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"),
}
# The least and the most of each number, and the configuration that belongs to one strategy.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html
LIMITS = {
    "canaryPercent": (0.1, 100),
    "canaryBakeTimeInMinutes": (0, 1440),
    "stepPercent": (3, 100),
    "stepBakeTimeInMinutes": (0, 1440),
    "bakeTimeInMinutes": (0, 1440),
}
OF_STRATEGY = {"canaryConfiguration": "CANARY", "linearConfiguration": "LINEAR"}


def check_strategy(elb: Any, controller: str, asked: Mapping[str, Any]) -> None:
    """RefusedError for settings that ECS refuses; `elb` reads rules and target groups, `asked` is the service."""
    settings = asked.get("deploymentConfiguration") or {}
    balancers = asked.get("loadBalancers") or ()
    problems = [*_problems(settings, controller), *_routes(elb, settings, balancers)]
    if problems:
        raise RefusedError(" ".join(problems), "InvalidParameterException")


def _problems(settings: Mapping[str, Any], controller: str) -> Iterator[str]:
    strategy = settings.get("strategy", "ROLLING")
    if strategy != "ROLLING" and controller != "ECS":
        yield f"The deployment strategy {strategy} needs the deployment controller ECS, not {controller}."
    for name, wanted in OF_STRATEGY.items():
        if name in settings and strategy != wanted:
            yield f"{name} is valid with the strategy {wanted} only, not with {strategy}."
    numbers = {**settings, **settings.get("canaryConfiguration", {}), **settings.get("linearConfiguration", {})}
    for name, (least, most) in LIMITS.items():
        if name in numbers and not least <= numbers[name] <= most:
            yield f"{name} is {numbers[name]}, allowed: {least} to {most}."
    for hook in settings.get("lifecycleHooks", ()):
        yield from _hook(hook)


def _hook(hook: Mapping[str, Any]) -> Iterator[str]:
    if hook.get("targetType", "AWS_LAMBDA") == "PAUSE":
        raise NotEmulatedError("lifecycle hooks that pause are not emulated")
    if unknown := set(hook.get("lifecycleStages", ())) - STAGES:
        yield f"A lifecycle hook has no stage {', '.join(sorted(unknown))}."
    if missing := [name for name in ("hookTargetArn", "roleArn", "lifecycleStages") if not hook.get(name)]:
        yield f"A lifecycle hook needs {', '.join(missing)}."


def _routes(elb: Any, settings: Mapping[str, Any], balancers: Any) -> Iterator[str]:
    """A rule must lead to both target groups before the service exists.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/migrate-codedeploy-to-ecs-bluegreen.html
    """
    strategy = settings.get("strategy", "ROLLING")
    for balancer in balancers:
        own = balancer.get("advancedConfiguration")
        if strategy == "ROLLING" or not own:
            if strategy != "ROLLING":
                yield f"The load balancer of {balancer.get('containerName')} needs advancedConfiguration."
            continue
        if missing := [
            name for name in ("alternateTargetGroupArn", "productionListenerRule", "roleArn") if name not in own
        ]:
            yield f"advancedConfiguration needs {', '.join(missing)}."
            continue
        pair = {balancer.get("targetGroupArn"), own["alternateTargetGroupArn"]}
        if len(pair) == 1:
            yield "The two target groups must differ."
        for name in ("productionListenerRule", "testListenerRule"):
            if name in own:
                yield from _rule(elb, name, own[name], pair)


def _rule(elb: Any, name: str, arn: str, pair: set[Any]) -> Iterator[str]:
    try:
        [rule] = elb.describe_rules(RuleArns=[arn])["Rules"]
    except (ClientError, ValueError):
        yield f"The {name} {arn} does not exist."
        return
    groups = rule["Actions"][0].get("ForwardConfig", {}).get("TargetGroups", [])
    if missing := pair - {each["TargetGroupArn"] for each in groups}:
        yield f"The {name} {arn} does not forward to {', '.join(sorted(map(str, missing)))}."
