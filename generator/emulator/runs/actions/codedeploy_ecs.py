"""CodeDeployToECS: a task definition and an AppSpec file get the image, CodeDeploy does the rest.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

from __future__ import annotations

import json
from typing import Any

from generator.emulator.runs.action import ActionError, Done, Provider, Step

TASK_DEFINITION = "<TASK_DEFINITION>"


def run(step: Step) -> Done:
    """Register the task definition, then create a deployment and follow it."""
    application, group = step.setting("ApplicationName"), step.setting("DeploymentGroupName")
    registered = step.client("ecs").register_task_definition(**_taskdef(step))["taskDefinition"]["taskDefinitionArn"]
    path = step.configuration.get("AppSpecTemplatePath", "appspec.yaml")
    appspec = step.read(path, step.setting("AppSpecTemplateArtifact")).decode()
    if TASK_DEFINITION not in appspec:
        raise ActionError(f"{path} has no {TASK_DEFINITION}")
    content = {"content": appspec.replace(TASK_DEFINITION, registered)}
    revision = {"revisionType": "AppSpecContent", "appSpecContent": content}
    info = _deployed(step.client("codedeploy"), application, group, revision)
    if info["status"] != "Succeeded":
        raise ActionError(f"deployment {info['deploymentId']}: {info['status']}: {info['errorInformation']['message']}")
    return Done(summary=f"deployment {info['deploymentId']} of {registered.rpartition('/')[2]} succeeded")


def _deployed(codedeploy: Any, application: str, group: str, revision: dict[str, Any]) -> dict[str, Any]:
    """The deployment at its end. The calls before it are those that AWS lists for the role."""
    codedeploy.get_application(applicationName=application)
    codedeploy.register_application_revision(applicationName=application, revision=revision)
    codedeploy.get_application_revision(applicationName=application, revision=revision)
    created = codedeploy.create_deployment(applicationName=application, deploymentGroupName=group, revision=revision)
    return dict(codedeploy.get_deployment(deploymentId=created["deploymentId"])["deploymentInfo"])


def _taskdef(step: Step) -> dict[str, Any]:
    """The task definition, with images in place of their placeholders."""
    path = step.configuration.get("TaskDefinitionTemplatePath", "taskdef.json")
    text = step.read(path, step.setting("TaskDefinitionTemplateArtifact")).decode()
    for number in range(1, 5):
        artifact = step.configuration.get(f"Image{number}ArtifactName")
        if artifact:
            # The configuration has the name without brackets, the task definition has it with them.
            place = f"<{step.setting(f'Image{number}ContainerName')}>"
            if place not in text:
                raise ActionError(f"{path} has no {place}")
            text = text.replace(place, step.read_json("imageDetail.json", artifact)["ImageURI"])
    taskdef: dict[str, Any] = json.loads(text)
    return taskdef


PROVIDERS: dict[tuple[str, str], Provider] = {("Deploy", "CodeDeployToECS"): run}
