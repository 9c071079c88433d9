"""Amazon ECS's own blue/green, linear and canary deployments, stage by stage.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from generator.emulator.front.cloud import Emulator

# ECS's defaults for values that the deployment configuration leaves out.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentconfiguration.html
BAKE_MINUTES, CANARY_MINUTES, STEP_MINUTES = 15, 10, 6
CANARY_PERCENT, STEP_PERCENT = 5.0, 10.0


class ServiceShiftError(Exception):
    """The deployment fails, and ECS shifts traffic back."""


class ShiftEnd(NamedTuple):
    """How a deployment ended, and why. `minutes` is how long shifting the traffic takes by the configuration."""

    status: str
    reason: str = ""
    minutes: float = 0


@dataclass(frozen=True, kw_only=True)
class ServiceShift:
    """One deployment of a service. `revisions` are the ARNs of the old and the new revision.

    A new service has no old revision: its first tasks go to the first target group, and hooks are called for them as
    well. AWS's pages do not say so. Terraform waits for them when it creates a service:
    https://github.com/hashicorp/terraform-provider-aws/pull/43434
    """

    cloud: Emulator
    deployment: str
    service: str
    revisions: tuple[str, str]
    healthy: bool
    """Whether the new tasks start."""
    settings: Mapping[str, Any]
    """The deployment configuration of the service."""
    balancers: tuple[Mapping[str, Any], ...]


class _Route(NamedTuple):
    """The load balancer rules for two target groups: that of the old tasks and that of the new ones."""

    role: str
    production: str
    test: str
    blue: str
    green: str


def shift(asked: ServiceShift) -> ShiftEnd:
    """Run the deployment to its end. A hook that fails, or an alarm that goes off, shifts all traffic back."""
    # ECS ignores the alarms for a whole deployment if one of them is on when it starts.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
    watched = () if _on(asked, _alarms(asked)) else _alarms(asked)
    routes: list[_Route] = []
    try:
        if asked.revisions[0]:
            routes += (_route(asked.cloud, each) for each in asked.balancers if each.get("advancedConfiguration"))
        _ask(asked, "PRE_SCALE_UP")
        if not asked.healthy and not asked.settings.get("deploymentCircuitBreaker", {}).get("rollback"):
            return ShiftEnd("IN_PROGRESS")  # a stage of the lifecycle may take 24 hours
        if not asked.healthy:
            # It is for blue/green deployments as well.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-failure-detection.html
            raise ServiceShiftError("the circuit breaker threshold was exceeded.")
        _ask(asked, "POST_SCALE_UP")
        _lead(asked.cloud, routes, 100, test=True)
        _ask(asked, "TEST_TRAFFIC_SHIFT", test=100)
        _ask(asked, "POST_TEST_TRAFFIC_SHIFT")
        for percent in _steps(asked.settings):
            _ask(asked, "PRE_PRODUCTION_TRAFFIC_SHIFT")
            _lead(asked.cloud, routes, percent)
            _ask(asked, "PRODUCTION_TRAFFIC_SHIFT", production=percent)
            _look(asked, watched)
        _ask(asked, "POST_PRODUCTION_TRAFFIC_SHIFT")
        _look(asked, watched)
    except (ServiceShiftError, ClientError) as error:
        return _put_back(asked, routes, str(error))
    return ShiftEnd("SUCCESSFUL", minutes=minutes(asked.settings))


def minutes(settings: Mapping[str, Any]) -> float:
    """How long a deployment waits between its steps and after them, as CloudFormation counts it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-linearconfiguration.html
    """
    bake = float(settings.get("bakeTimeInMinutes", BAKE_MINUTES))
    pause = {
        "CANARY": settings.get("canaryConfiguration", {}).get("canaryBakeTimeInMinutes", CANARY_MINUTES),
        "LINEAR": settings.get("linearConfiguration", {}).get("stepBakeTimeInMinutes", STEP_MINUTES),
    }
    return bake + float(pause.get(settings["strategy"], 0)) * (len(_steps(settings)) - 1)


def _steps(settings: Mapping[str, Any]) -> tuple[float, ...]:
    """The shares of the traffic that the new tasks get, step by step."""
    if settings["strategy"] == "CANARY":
        return (settings.get("canaryConfiguration", {}).get("canaryPercent", CANARY_PERCENT), 100)
    if settings["strategy"] == "LINEAR":
        percent = settings.get("linearConfiguration", {}).get("stepPercent", STEP_PERCENT)
        shares = (percent * number for number in range(1, int(100 // percent) + 1))
        return (*(share for share in shares if share < 100), 100)
    return (100,)


def _route(cloud: Emulator, balancer: Mapping[str, Any]) -> _Route:
    """The rules. The old tasks are in the target group that gets most of the production traffic."""
    own = balancer["advancedConfiguration"]
    elb = cloud.client("elbv2", own["roleArn"])
    [rule] = elb.describe_rules(RuleArns=[own["productionListenerRule"]])["Rules"]
    weights = {each["TargetGroupArn"]: each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}
    pair = (balancer["targetGroupArn"], own["alternateTargetGroupArn"])
    elb.describe_target_groups(TargetGroupArns=list(pair))
    blue = max(pair, key=lambda group: weights.get(group, 0))
    green = next(group for group in pair if group != blue)
    return _Route(own["roleArn"], own["productionListenerRule"], own.get("testListenerRule", ""), blue, green)


def _lead(cloud: Emulator, routes: Iterable[_Route], percent: float, *, test: bool = False) -> None:
    """Give the new tasks a share of the traffic."""
    for route in routes:
        rule = route.test if test else route.production
        if rule:
            weights = ((route.blue, 100 - percent), (route.green, percent))
            groups = [{"TargetGroupArn": group, "Weight": round(weight)} for group, weight in weights]
            forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
            cloud.client("elbv2", route.role).modify_rule(RuleArn=rule, Actions=[forward])


def _put_back(asked: ServiceShift, routes: list[_Route], reason: str) -> ShiftEnd:
    """Shift all traffic to the old tasks. ECS calls two hooks again, whose answers have no effect.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html#lifecycle-hooks-during-rollback
    """
    if not asked.revisions[0]:
        return ShiftEnd("ROLLBACK_FAILED", f"There is no deployment to roll back to: {reason}")
    try:
        _lead(asked.cloud, routes, 0)
        _lead(asked.cloud, routes, 0, test=True)
    except ClientError as error:
        return ShiftEnd("ROLLBACK_FAILED", f"{reason} {error}")
    for stage in ("PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT"):
        _invoke(asked, stage, lambda _function, _answer: None)
    return ShiftEnd("ROLLBACK_SUCCESSFUL", f"Service deployment rolled back because {reason}")


def _ask(asked: ServiceShift, stage: str, *, test: float = 0, production: float = 0) -> None:
    """Invoke the functions of a lifecycle stage: anything other than SUCCEEDED rolls back.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
    """

    def check(function: str, answer: Any) -> None:
        status = answer.get("hookStatus") if isinstance(answer, dict) else None
        if status != "SUCCEEDED":
            raise ServiceShiftError(f"the lifecycle hook {function} at {stage} returned {status or answer}.")

    _invoke(asked, stage, check, test=test, production=production)


def _invoke(
    asked: ServiceShift, stage: str, check: Callable[[str, Any], None], *, test: float = 0, production: float = 0
) -> None:
    source, target = asked.revisions

    def weights(percent: float) -> dict[str, float]:
        shares = {target: percent, source: 100 - percent}
        return {revision: share for revision, share in shares.items() if revision} if percent else {}

    for hook in asked.settings.get("lifecycleHooks", ()):
        if stage in hook["lifecycleStages"]:
            event = {
                "executionId": str(uuid.uuid4()),
                "lifecycleStage": stage,
                "resourceArn": asked.deployment,
                "executionDetails": {
                    "serviceArn": asked.service,
                    "targetServiceRevisionArn": target,
                    "testTrafficWeights": weights(test),
                    "productionTrafficWeights": weights(production),
                },
                "hookDetails": hook.get("hookDetails", {}),
            }
            function = hook["hookTargetArn"]
            lambda_ = asked.cloud.client("lambda", hook["roleArn"])
            answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
            check(function.rpartition(":")[2], json.loads(answer["Payload"].read() or b"null"))


def _alarms(asked: ServiceShift) -> tuple[str, ...]:
    alarms = asked.settings.get("alarms", {})
    return tuple(alarms["alarmNames"]) if alarms.get("enable") and alarms.get("rollback") else ()


def _look(asked: ServiceShift, watched: tuple[str, ...]) -> None:
    if on := _on(asked, watched):
        raise ServiceShiftError(f"the alarm {', '.join(on)} went off.")


def _on(asked: ServiceShift, names: tuple[str, ...]) -> list[str]:
    """The alarms that are on. ECS reads them with its service-linked role."""
    found = asked.cloud.inside("cloudwatch").describe_alarms(AlarmNames=list(names))["MetricAlarms"] if names else []
    return [alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM"]
