"""Writes what the action CodeDeployToECS deploys: what the service runs, with a mark in the place of the image.

After the deployment it is called again, to see whether the service runs the image.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

import io
import json
import os
import zipfile
from typing import Any

import boto3

codepipeline = boto3.client("codepipeline")
ecs = boto3.client("ecs")
# Keeps the answer as ECS sent it: the SDK drops fields that are newer than itself.
ecs.meta.events.register(
    "after-call.ecs.DescribeTaskDefinition",
    lambda http_response, parsed, **_: parsed.update(body=http_response.content),
)


def handler(event: Any, _context: object) -> None:
    """Does the job of the action, and reports its result to CodePipeline."""
    job = event["CodePipeline.job"]
    try:
        facts = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        tasks = task_set(*os.environ["SERVICE"].split("/"))
        if "runs" in facts:
            verify(tasks["taskDefinition"], facts["runs"])
        else:
            contents = {
                "taskdef.json": task_definition(start(tasks["taskDefinition"])),
                "appspec.yaml": appspec(tasks),
                "imageDetail.json": {"ImageURI": facts["image"]},
            }
            put_artifact(contents, job["data"])
        codepipeline.put_job_success_result(jobId=job["id"])
    # Any error: an action that gets no result waits until its timeout.
    except Exception as error:
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def task_set(cluster: str, name: str) -> Any:
    """The task set that serves the users, not one that is being deployed."""
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    if not services or services[0]["status"] != "ACTIVE":
        raise ValueError(f"there is no service {cluster}/{name}")
    primary = [tasks for tasks in services[0].get("taskSets", []) if tasks["status"] == "PRIMARY"]
    if not primary:
        raise ValueError(f"{cluster}/{name} has no task set: its deployment controller must be CODE_DEPLOY")
    if len(primary[0].get("loadBalancers", [])) != 1:
        raise ValueError(f"{cluster}/{name} must have one load balancer target group")
    return primary[0]


def start(running: str) -> str:
    """The revision to copy: the running one, or the newest active one of its family, found by ECS by the name."""
    return running if os.environ["REVISION"] == "running" else running.rpartition("/")[2].rpartition(":")[0]


def verify(arn: str, image: str) -> None:
    """Refuses a service that runs another image: somebody may have put the old tasks back since."""
    revision = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    for container in named_containers(revision):
        if container["image"] != image:
            raise ValueError(f"{os.environ['SERVICE']} runs {container['image']} in {container['name']}, not {image}")


def named_containers(revision: Any) -> list[Any]:
    """The containers that get the image."""
    containers = {container["name"]: container for container in revision["containerDefinitions"]}
    names = os.environ["CONTAINERS"].split(",")
    if missing := [name for name in names if name not in containers]:
        raise ValueError(
            f"no container {', '.join(missing)} in {revision['taskDefinitionArn']}: {', '.join(containers)}"
        )
    return [containers[name] for name in names]


def task_definition(which: str) -> Any:
    """The revision as a request to register it again."""
    answer = ecs.describe_task_definition(taskDefinition=which, include=["TAGS"])
    revision = answer["taskDefinition"]
    check(revision, answer["body"])
    for container in named_containers(revision):
        container["image"] = "<IMAGE>"
    # Tags of AWS itself cannot be set.
    if tags := [tag for tag in answer.get("tags", []) if not tag["key"].lower().startswith("aws:")]:
        revision["tags"] = tags
    # Other fields describe the revision, such as its number.
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    return {field: value for field, value in revision.items() if field in accepted}


def check(revision: Any, body: bytes) -> None:
    """Refuses what would be deployed incompletely, or not at all."""
    arn = revision["taskDefinitionArn"]
    if dropped := places(json.loads(body)["taskDefinition"]) - places(revision):
        raise ValueError(f"{arn} has fields that this Lambda runtime does not know: {sorted(dropped)}")
    # CodeDeploy's own message names no role. ECS also accepts the name of a role for its ARN.
    allowed = {role.rpartition("/")[2] for role in os.environ["TASK_ROLE_ARNS"].split(",")}
    for field in ("taskRoleArn", "executionRoleArn"):
        if field in revision and revision[field].rpartition("/")[2] not in allowed:
            raise ValueError(f"TaskRoleArns of the deployer lacks {revision[field]} of {arn}")


def places(value: Any, place: str = "") -> set[str]:
    """The place of every value, such as .containerDefinitions.name."""
    if isinstance(value, dict):
        return {found for key in value for found in places(value[key], f"{place}.{key}")}
    if isinstance(value, list):
        return {found for item in value for found in places(item, place)}
    return set() if value is None else {place}


def appspec(tasks: Any) -> Any:
    """Where the traffic goes, and which functions are called."""
    target = tasks["loadBalancers"][0]
    properties: dict[str, Any] = {
        "TaskDefinition": "<TASK_DEFINITION>",
        "LoadBalancerInfo": {"ContainerName": target["containerName"], "ContainerPort": target["containerPort"]},
    }
    # CodeDeploy would use its defaults for these two.
    if version := tasks.get("platformVersion"):
        properties["PlatformVersion"] = version
    if strategy := tasks.get("capacityProviderStrategy"):
        properties["CapacityProviderStrategy"] = [
            {key[:1].upper() + key[1:]: value for key, value in provider.items()} for provider in strategy
        ]
    service = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
    content = {"version": 0.0, "Resources": [service]}
    if hooks := os.environ["HOOKS"]:
        pairs = (hook.split("=") for hook in hooks.split(","))
        content["Hooks"] = [{event: function} for event, function in pairs]
    return content


def put_artifact(contents: Any, data: Any) -> None:
    """Writes the artifact, with the credentials that the pipeline sends for it."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, json.dumps(content))
    credentials = data["artifactCredentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    )
    location = data["outputArtifacts"][0]["location"]["s3Location"]
    s3.put_object(
        Bucket=location["bucketName"],
        Key=location["objectKey"],
        Body=body.getvalue(),
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=data["encryptionKey"]["id"],
    )
