"""Tasks without roles, which run on instances: `TaskRoleArns=none` of the two pipelines to ECS, all the way."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from tests.emulator.people import deployed, pushed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["pipeline-ecs", "pipeline-ecs-codedeploy"])
def test_tasks_without_roles_are_deployed(name: str) -> None:
    """No role is passed, and none is in the revision that runs."""
    with deployed(name, TaskRoleArns="none") as stack:
        push = pushed(stack, "no roles")
        assert push.execution
        assert "Succeeded" == push.execution.status, push.execution.results[-1]
        ecs = stack.trial.cloud.inside("ecs")
        [service] = ecs.describe_services(cluster="production", services=["orders"])["services"]
        running = next((each["taskDefinition"] for each in service.get("taskSets", [])), service["taskDefinition"])
        task = ecs.describe_task_definition(taskDefinition=running)["taskDefinition"]
        assert {push.digest} <= {each["image"].rpartition("@")[2] for each in task["containerDefinitions"]}
        assert set() == {"taskRoleArn", "executionRoleArn"} & task.keys()
        assert ["EC2"] == task["requiresCompatibilities"]


@pytest.mark.parametrize(
    ("container", "what"),
    [
        ({"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders:v1"}, "ECR images"),
        ({"image": "nginx", "logConfiguration": {"logDriver": "awslogs"}}, "log driver awslogs"),
        ({"image": "nginx"}, ""),
    ],
)
def test_fargate_needs_an_execution_role(container: dict[str, object], what: str) -> None:
    """ECS refuses to register a task that Fargate could not start; on instances it needs no role."""
    with emulator() as aws:
        ecs = aws.inside("ecs")

        def register(kind: str, **roles: str) -> None:
            ecs.register_task_definition(
                family="orders",
                cpu="256",
                memory="512",
                networkMode="awsvpc",
                requiresCompatibilities=[kind],
                containerDefinitions=[{"name": "app", **container}],
                **roles,
            )

        register("EC2")
        register("FARGATE", executionRoleArn="arn:aws:iam::111122223333:role/execution")
        if what:
            with pytest.raises(ClientError, match=f"execution role ARN to support {what}"):
                register("FARGATE")
        else:
            register("FARGATE")
