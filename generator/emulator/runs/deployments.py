"""Deployments of AWS CodeDeploy: each is carried out to its end when it is created, in the name of its group's role.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import yaml
from botocore.exceptions import ClientError
from moto.codedeploy.models import codedeploy_backends

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.operations import Operations, answered
from generator.emulator.front.server import Emulator
from generator.emulator.runs import traffic_shift
from generator.emulator.runs.artifact_store import reason


class Deployments:
    """Deployments, and how they ended."""

    def __init__(self, cloud: Emulator) -> None:
        self._cloud = cloud
        self._deployments: dict[str, dict[str, Any]] = {}
        self._revisions: list[tuple[str, str]] = []
        self._hooks: dict[str, str] = {}
        self.shifted: list[str] = []
        """What traffic goes to since then, a line for each deployment."""

    def info(self, deployment: str) -> Mapping[str, Any]:
        """What is known of a deployment; nothing, where there is none."""
        return self._deployments.get(deployment, {})

    def operations(self) -> Operations:
        """What moto lacks, or answers without doing anything."""
        return {
            ("codedeploy", "CreateDeployment"): self._create,
            ("codedeploy", "GetDeployment"): self._get,
            ("codedeploy", "GetDeploymentConfig"): self._config,
            ("codedeploy", "GetApplicationRevision"): self._revision,
            ("codedeploy", "RegisterApplicationRevision"): self._register,
            ("codedeploy", "PutLifecycleEventHookExecutionStatus"): self._hook_status,
        }

    def _create(self, call: Call) -> Answer | None:
        inside = self._cloud.inside("codedeploy")
        names = {name: call.parameters[name] for name in ("applicationName", "deploymentGroupName")}
        try:
            group = inside.get_deployment_group(**names)["deploymentGroupInfo"]
        except ClientError:
            return None  # moto says which of them is not there
        deployment = f"d-{uuid4().hex[:9].upper()}"
        content = call.parameters["revision"]["appSpecContent"]["content"]
        # moto keeps the alarms of a group and does not tell them.
        kept = codedeploy_backends[call.account][call.region].get_deployment_group(*names.values())
        group["alarmConfiguration"] = kept.alarm_configuration or {}
        ended = self._ended(group, yaml.safe_load(content), deployment)
        self._deployments[deployment] = {"deploymentId": deployment, **names, **ended}
        return answered({"deploymentId": deployment})

    def _ended(self, group: Mapping[str, Any], appspec: Mapping[str, Any], deployment: str) -> dict[str, Any]:
        (target,) = next(iter(appspec["Resources"])).values()
        shift = traffic_shift.SHIFTS[target["Type"]]
        hooks = {event: function for hook in appspec.get("Hooks", ()) for event, function in hook.items()}
        ask = partial(self._ask, group["serviceRoleArn"], deployment, hooks)
        try:
            self.shifted.append(shift(self._cloud, group, target["Properties"], ask))
        except (traffic_shift.ShiftError, ClientError) as error:
            why = f"{error.operation_name}: {reason(error)}" if isinstance(error, ClientError) else str(error)
            return {"status": "Failed", "errorInformation": {"code": "HEALTH_CONSTRAINTS", "message": why}}
        return {"status": "Succeeded"}

    def _ask(self, role: str, deployment: str, hooks: Mapping[str, str], event: str) -> None:
        """Invoke the function of a lifecycle event, which answers by itself.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
        """
        if event not in hooks:
            return
        hook = str(uuid4())
        payload = json.dumps({"DeploymentId": deployment, "LifecycleEventHookExecutionId": hook}).encode()
        self._cloud.client("lambda", role).invoke(FunctionName=hooks[event], InvocationType="Event", Payload=payload)
        if self._hooks.get(hook) != "Succeeded":
            raise traffic_shift.ShiftError(f"{event}: {hooks[event]} said {self._hooks.get(hook, 'nothing')}")

    def _hook_status(self, call: Call) -> Answer:
        self._hooks[call.parameters["lifecycleEventHookExecutionId"]] = call.parameters["status"]
        return answered({"lifecycleEventHookExecutionId": call.parameters["lifecycleEventHookExecutionId"]})

    def _get(self, call: Call) -> Answer:
        found = self.info(call.parameters["deploymentId"])
        if not found:
            return refusal(call, "DeploymentDoesNotExistException", "There is no such deployment")
        return answered({"deploymentInfo": found})

    def _config(self, call: Call) -> Answer:
        name = call.parameters["deploymentConfigName"]
        if not name.startswith("CodeDeployDefault."):
            return refusal(call, "DeploymentConfigDoesNotExistException", f"There is no {name}")
        return answered({"deploymentConfigInfo": {"deploymentConfigName": name}})

    def _register(self, call: Call) -> Answer:
        self._revisions.append(_key(call))
        return answered({})

    def _revision(self, call: Call) -> Answer:
        if _key(call) not in self._revisions:
            return refusal(call, "RevisionDoesNotExistException", "This revision was not registered")
        return answered(
            {"applicationName": call.parameters["applicationName"], "revision": call.parameters["revision"]}
        )


def _key(call: Call) -> tuple[str, str]:
    return call.parameters["applicationName"], call.parameters["revision"]["appSpecContent"]["content"]
