"""What moto's AWS CodeDeploy lacks: a deployment group cannot be changed, and nothing can be deleted.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_UpdateDeploymentGroup.html
"""

from __future__ import annotations

from typing import Any

from moto.codedeploy.models import CodeDeployBackend, codedeploy_backends
from moto.core.utils import camelcase_to_underscores

from generator.emulator.front.service import Desk, Operation


def _backend(desk: Desk) -> CodeDeployBackend:
    return codedeploy_backends[desk.call.account][desk.call.region]


def _update_group(desk: Desk) -> dict[str, Any]:
    """Only what is given is changed."""
    told = dict(desk.call.parameters)
    application, name = told.pop("applicationName"), told.pop("currentDeploymentGroupName")
    group = _backend(desk).get_deployment_group(application, name)
    for key, value in told.items():
        setattr(group, camelcase_to_underscores(key), value)
    return {"hooksNotCleanedUp": []}


def _delete_group(desk: Desk) -> dict[str, Any]:
    told = desk.call.parameters
    _backend(desk).deployment_groups.get(told["applicationName"], {}).pop(told["deploymentGroupName"], None)
    return {"hooksNotCleanedUp": []}


def _delete_application(desk: Desk) -> dict[str, Any]:
    """With all that belongs to it."""
    name = desk.call.parameters["applicationName"]
    _backend(desk).deployment_groups.pop(name, None)
    _backend(desk).applications.pop(name, None)
    return {}


OPERATIONS: dict[str, Operation] = {
    "codedeploy:DeleteApplication": _delete_application,
    "codedeploy:DeleteDeploymentGroup": _delete_group,
    "codedeploy:UpdateDeploymentGroup": _update_group,
}
