"""Verifies that an ECS service runs the deployed image, before it is recorded.

CodePipeline's action succeeds when the service is steady, also if the deployment circuit breaker or an alarm has put
the old tasks back. ECS keeps how each deployment of a service ended:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

import json
from typing import Any

import boto3

codepipeline = boto3.client("codepipeline")
ecs = boto3.client("ecs")

ENDED = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")


def handler(event: dict[str, Any], _context: object) -> None:
    """Does the job of the action, and reports its result to CodePipeline."""
    job = event["CodePipeline.job"]
    try:
        facts = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        deployment = newest_deployment(*facts["service"].split("/"))
        if deployment["status"] in ENDED:
            verify(deployment, facts)
            codepipeline.put_job_success_result(jobId=job["id"])
        else:
            # CodePipeline calls the function again after a while. A deployment with bake times may take longer than
            # the action that started it waits.
            codepipeline.put_job_success_result(jobId=job["id"], continuationToken=deployment["serviceDeploymentArn"])
    # Any error: an action that gets no result waits until its timeout.
    except Exception as error:
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def newest_deployment(cluster: str, name: str) -> Any:
    """The last deployment of the service. The order in which ECS lists deployments is not documented."""
    request = {"cluster": cluster, "service": name}
    answer = ecs.list_service_deployments(**request)
    found = answer["serviceDeployments"]
    while token := answer.get("nextToken"):
        answer = ecs.list_service_deployments(**request, nextToken=token)
        found += answer["serviceDeployments"]
    if not found:
        raise ValueError(f"{cluster}/{name} has no deployment: its deployment controller must be ECS")
    return max(found, key=lambda deployment: deployment["createdAt"])


def verify(deployment: Any, facts: dict[str, str]) -> None:
    """Refuses a deployment that did not succeed, and one of another image."""
    service, image = facts["service"], facts["runs"]
    if deployment["status"] != "SUCCESSFUL":
        reason = deployment.get("statusReason", "no reason given")
        raise ValueError(f"{service} does not run {image}: its deployment ended {deployment['status']} ({reason})")
    arn = deployment["targetServiceRevisionArn"]
    (revision,) = ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]
    digest = image.partition("@")[2]
    images = {each["containerName"]: each for each in revision.get("containerImages", [])}
    for name in facts["containers"].split(","):
        # `image` is what the task definition says, here with the digest; ECS may resolve that of an index further.
        running = images.get(name, {})
        if not digest or digest not in (running.get("imageDigest"), running.get("image", "").partition("@")[2]):
            raise ValueError(f"{service} runs {running.get('image', 'nothing')} in {name}, not {image}")
