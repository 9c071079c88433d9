"""Amazon ECS."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, arn, asks_for, each_on, needed

_TASK_DEFINITION = arn("ecs", "task-definition/{family}:*")


def _register(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """A task definition names the roles of its tasks, and may have tags.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    """
    yield needed(call, environment, call.name, _TASK_DEFINITION)
    if call.parameters.get("tags"):
        created = {"ecs:CreateAction": "RegisterTaskDefinition"}
        yield needed(call, environment, "ecs:TagResource", _TASK_DEFINITION, context=created)
    yield from _pass_roles(call)


def _describe_revisions(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """AWS requires permissions on both the service and its revision.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    arns = call.parameters["serviceRevisionArns"]
    for revision in arns if isinstance(arns, list) else [arns]:
        service = str(revision).rpartition("/")[0].replace(":service-revision/", ":service/")
        yield needed(call, environment, call.name, service, str(revision))


def _create_task_set(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """Its tasks run under the roles of the task definition.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    """
    yield needed(call, environment, call.name, arn("ecs", "task-set/{cluster}/{service}/*"))
    yield from _pass_roles(call)


def _pass_roles(call: Asked) -> Iterator[Need]:
    for parameter in ("taskRoleArn", "executionRoleArn"):
        if role := call.parameters.get(parameter):
            yield Need("iam:PassRole", (str(role),), {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _run_task(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The task runs under the roles of its definition.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    """
    context = {"ecs:cluster": _CLUSTER}
    yield needed(call, environment, call.name, arn("ecs", "task-definition/{taskDefinition}"), context=context)
    yield from _pass_roles(call)


_CLUSTER = arn("ecs", "cluster/{cluster}")
NEEDS: Needs = {
    "ecs:DescribeServices": asks_for("ecs:DescribeServices", arn("ecs", "service/{cluster}/{services}")),
    "ecs:DescribeServiceRevisions": _describe_revisions,
    **each_on(
        arn("ecs", "service/{cluster}/{service}"),
        "ecs:ListServiceDeployments",
        "ecs:UpdateService",
        "ecs:UpdateServicePrimaryTaskSet",
    ),
    **each_on(arn("ecs", "task-set/{cluster}/{service}/{taskSet}"), "ecs:DeleteTaskSet"),
    "ecs:CreateTaskSet": _create_task_set,
    **each_on("*", "ecs:DescribeTaskDefinition"),
    "ecs:RegisterTaskDefinition": _register,
    "ecs:RunTask": _run_task,
    "ecs:DescribeTasks": asks_for(
        "ecs:DescribeTasks", arn("ecs", "task/{cluster}/{tasks}"), context={"ecs:cluster": _CLUSTER}
    ),
    "ecs:StopTask": asks_for("ecs:StopTask", arn("ecs", "task/{cluster}/{task}"), context={"ecs:cluster": _CLUSTER}),
}
