"""Registers the task that runs before a deployment, with the image, and says afterwards how the task ended.

Step Functions calls it before and after the task.
"""

import json
import os
from typing import Any

import boto3

ecs = boto3.client("ecs")
# Keeps the answer as ECS sent it: the SDK drops fields that are newer than itself.
ecs.meta.events.register(
    "after-call.ecs.DescribeTaskDefinition",
    lambda http_response, parsed, **_: parsed.update(body=http_response.content),
)
CONSOLES = {"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn"}


def handler(event: Any, _context: object) -> dict[str, str]:
    """The revision to run for an image, or how a task ended: its failure, if any, and the place of its log."""
    return register(event["image"]) if "image" in event else ended(event["task"])


def register(image: str) -> dict[str, str]:
    """A copy of the newest revision of the family, in which the container has the image."""
    answer = ecs.describe_task_definition(taskDefinition=os.environ["FAMILY"], include=["TAGS"])
    revision = answer["taskDefinition"]
    check(revision, answer["body"])
    container_of(revision)["image"] = image
    # Tags of AWS itself cannot be set.
    if tags := [tag for tag in answer.get("tags", []) if not tag["key"].lower().startswith("aws:")]:
        revision["tags"] = tags
    # Other fields describe the revision, such as its number.
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    request = {field: value for field, value in revision.items() if field in accepted}
    return {"revision": ecs.register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]}


def check(revision: Any, body: bytes) -> None:
    """Refuses what would run incompletely, or not at all."""
    arn = revision["taskDefinitionArn"]
    if dropped := places(json.loads(body)["taskDefinition"]) - places(revision):
        raise ValueError(f"{arn} has fields that this Lambda runtime does not know: {sorted(dropped)}")
    # ECS also accepts the name of a role for its ARN.
    allowed = {role.rpartition("/")[2] for role in os.environ["TASK_ROLE_ARNS"].split(",")}
    for field in ("taskRoleArn", "executionRoleArn"):
        if field in revision and revision[field].rpartition("/")[2] not in allowed:
            raise ValueError(f"TaskRoleArns lacks {revision[field]} of {arn}")


def places(value: Any, place: str = "") -> set[str]:
    """The place of every value, such as .containerDefinitions.name."""
    if isinstance(value, dict):
        return {found for key in value for found in places(value[key], f"{place}.{key}")}
    if isinstance(value, list):
        return {found for item in value for found in places(item, place)}
    return set() if value is None else {place}


def container_of(revision: Any) -> Any:
    """The container that gets the image, and whose exit code decides."""
    name, containers = os.environ["CONTAINER"], revision["containerDefinitions"]
    for container in containers:
        if container["name"] == name:
            return container
    raise ValueError(f"no container {name} in {revision['taskDefinitionArn']}: {[each['name'] for each in containers]}")


def ended(task: Any) -> dict[str, str]:
    """How the task ended: Step Functions describes it, as the cause of its error if a container failed."""
    if "Cause" in task:
        cause = task["Cause"]
        # The cause of another error is a text, or what a function raised.
        task = json.loads(cause) if cause.startswith("{") else {}
        if "Containers" not in task:
            return {"failure": f"{task.get('errorMessage', cause)} ({os.environ['FAMILY']})", "log": ""}
    name, log = os.environ["CONTAINER"], log_of(task)
    codes = [each.get("ExitCode") for each in task["Containers"] if each["Name"] == name]
    if codes == [0]:
        return {"failure": "", "log": log}
    how = f"exited with {codes[0]}" if codes and codes[0] is not None else "did not run"
    reasons = [each["Reason"] for each in task["Containers"] if each["Name"] == name and "Reason" in each]
    why = "; ".join([*reasons, task.get("StoppedReason", "")])
    return {
        "failure": f"{name} of {task['TaskDefinitionArn'].rpartition('/')[2]} {how} ({why}). Log: {log}",
        "log": log,
    }


def log_of(task: Any) -> str:
    """A link to the log of the container, if CloudWatch Logs has it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    revision = ecs.describe_task_definition(taskDefinition=task["TaskDefinitionArn"])["taskDefinition"]
    container = container_of(revision)
    options = container.get("logConfiguration", {}).get("options", {})
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    if not group or not prefix:
        return f"{container['name']} has no awslogs-group and awslogs-stream-prefix"
    _, partition, _, region, *_ = task["TaskArn"].split(":")
    stream = f"{prefix}/{container['name']}/{task['TaskArn'].rpartition('/')[2]}"
    # The console encodes what it reads behind # twice.
    where = "/log-events/".join(name.replace("/", "$252F") for name in (group, stream))
    console = CONSOLES.get(partition, "console.amazonaws-us-gov.com")
    return f"https://{console}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{where}"
