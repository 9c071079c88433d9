"""AWS CodeDeploy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, each_on, needed

_APPLICATION = arn("codedeploy", "application:{applicationName}")
_GROUP = arn("codedeploy", "deploymentgroup:{applicationName}/{deploymentGroupName}")
_CONFIG = arn("codedeploy", "deploymentconfig:{deploymentConfigName}")


def _deploy(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """A deployment registers its revision, and reads its configuration: the one that it names, or that of its group.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
    """
    yield needed(call, environment, call.name, _GROUP)
    for action in ("codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"):
        yield needed(call, environment, action, _APPLICATION)
    with suppress(KeyError):  # the call alone does not say what its group has
        yield needed(call, environment, "codedeploy:GetDeploymentConfig", _CONFIG)


def _get_deployment(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The resource is the group of the deployment, although the call names only the deployment's id."""
    names = environment.deployments.get(str(call.parameters.get("deploymentId")), ())
    known = dict(zip(("applicationName", "deploymentGroupName"), names, strict=False))
    yield needed(Asked(call.name, {**call.parameters, **known}), environment, call.name, _GROUP)


NEEDS: Needs = {
    "codedeploy:CreateDeployment": _deploy,
    "codedeploy:GetDeployment": _get_deployment,
    **each_on(_GROUP, "codedeploy:BatchGetDeployments", "codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments"),
    **each_on("*", "codedeploy:PutLifecycleEventHookExecutionStatus", "codedeploy:StopDeployment"),
    **each_on(_CONFIG, "codedeploy:GetDeploymentConfig"),
    **each_on(
        _APPLICATION,
        "codedeploy:GetApplication",
        "codedeploy:GetApplicationRevision",
        "codedeploy:RegisterApplicationRevision",
    ),
}
