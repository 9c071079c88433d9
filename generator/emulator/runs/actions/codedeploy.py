"""CodeDeploy: a revision, which is the input artifact in the bucket, is deployed to instances.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeDeploy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.emulator.runs.action import ActionError, Done, Provider, Step
from generator.emulator.runs.deployment_records import Deployments


def run(step: Step) -> Done:
    """Create a deployment and follow it. The calls before it are those that AWS lists for the role."""
    names = {
        "applicationName": step.setting("ApplicationName"),
        "deploymentGroupName": step.setting("DeploymentGroupName"),
    }
    if len(step.inputs) != 1:
        raise ActionError(f"this action has one input artifact, not {len(step.inputs)}")
    [location] = step.inputs.values()
    codedeploy, application = step.client("codedeploy"), names["applicationName"]
    codedeploy.get_application(applicationName=application)
    where = {"bucket": location.bucket, "key": location.key, "bundleType": "zip"}
    revision = {"revisionType": "S3", "s3Location": where}
    codedeploy.register_application_revision(applicationName=application, revision=revision)
    codedeploy.get_application_revision(applicationName=application, revision=revision)
    created = codedeploy.create_deployment(**names, revision=revision)
    info = codedeploy.get_deployment(deploymentId=created["deploymentId"])["deploymentInfo"]
    codedeploy.get_deployment_config(deploymentConfigName=info["deploymentConfigName"])
    if info["status"] != "Succeeded":
        error, deployment = info["errorInformation"], info["deploymentId"]
        why = "".join(_reasons(step, deployment))
        raise ActionError(f"deployment {deployment}: {info['status']}: {error['code']}: {error['message']}{why}")
    counts = info["deploymentOverview"]
    return Done(summary=f"deployment {info['deploymentId']} succeeded on {counts['Succeeded']} instances")


def _reasons(step: Step, deployment: str) -> Iterator[str]:
    """CodeDeploy's messages for each instance that failed, which CodePipeline does not show."""
    for name, target in step.world.cloud.memory(Deployments).targets.get(deployment, {}).items():
        for event in target["lifecycleEvents"]:
            if event["status"] == "Failed":
                told = event["diagnostics"]
                said = (told["logTail"].strip() or told["message"]).splitlines()
                yield f" {name}, {event['lifecycleEventName']}: {said[-1]}."


PROVIDERS: dict[tuple[str, str], Provider] = {("Deploy", "CodeDeploy"): run}
