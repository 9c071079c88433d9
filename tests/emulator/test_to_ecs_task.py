"""A task before the deployment of pipeline-ecs: it runs with the new image, and the service gets that only after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator import catalog
from generator.emulator.front.calls import Call
from generator.emulator.programs.images import sample
from generator.emulator.services.ecs import TaskRuns
from generator.emulator.trial import deployment
from generator.emulator.trial.existing_resources import register_task
from generator.publishing import render
from tests.emulator.people import Stack, all_the_way, deployed, parameters_of, pushed, run
from tests.emulator.test_to_ecs import digests

pytestmark = pytest.mark.slow

LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "/orders/migrate", "awslogs-stream-prefix": "run"}}
ROLE = "arn:aws:iam::123456789012:role/orders"


def add_task(stack: Stack, stage: str) -> None:
    """The task definition of a stage, with a sidecar, and its stack of task-ecs."""
    cloud = stack.trial.cloud
    containers: list[dict[str, Any]] = [
        {"name": "app", "image": "before", "command": ["migrate"], "logConfiguration": LOG},
        {"name": "proxy", "image": "envoy"},
    ]
    roles = {"taskRoleArn": f"{ROLE}-{stage}-task", "executionRoleArn": f"{ROLE}-{stage}-execution"}
    register_task(cloud.inside("ecs"), f"orders-{stage}-migrate", roles, containers)
    given = parameters_of("task-ecs", "prod") | {
        "Stage": stage,
        "Cluster": stage,
        "TaskFamily": f"orders-{stage}-migrate",
        "TaskRoleArns": ",".join(roles.values()),
    }
    made, _ = stack.trial.account.made(given, {})
    deployment.deploy(cloud, f"orders-{stage}-task", render.to_dict(catalog.build("task-ecs")), made)


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with a task before both stages; deployed once for all tests of this file."""
    with deployed("pipeline-ecs", TaskBeforeDeployment="yes") as stack:
        for stage in ("staging", "production"):
            add_task(stack, stage)
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    return standing.sound()


def tasks(stack: Stack) -> list[tuple[str, str]]:
    """Every task that ran, by its family, with the digest of its first container."""
    ecs, found = stack.trial.cloud.inside("ecs"), stack.trial.cloud.memory(TaskRuns).tasks.values()
    described = [
        ecs.describe_task_definition(taskDefinition=each["taskDefinitionArn"])["taskDefinition"] for each in found
    ]
    return [(each["family"], each["containerDefinitions"][0]["image"].rpartition("@")[2]) for each in described]


def ends(stack: Stack, content: str, **codes: int | None) -> None:
    """Containers of tasks with an image of this content end with these exit codes."""
    digest = sample(["linux/amd64"], content).digest
    memory = stack.trial.cloud.memory(TaskRuns)
    memory.exit_codes |= {(digest, name): code for name, code in codes.items()}


def test_the_task_runs_once_in_each_stage_with_the_image(stack: Stack) -> None:
    """Everything else of the task definition stays: command, sidecar, roles, tags."""
    before = len(tasks(stack))
    all_the_way(stack, digests, "with a task")
    digest = digests(stack, "production").pop()
    assert [("orders-staging-migrate", digest), ("orders-production-migrate", digest)] == tasks(stack)[before:]
    ecs = stack.trial.cloud.inside("ecs")
    newest = ecs.describe_task_definition(taskDefinition="orders-staging-migrate", include=["TAGS"])
    app, proxy = newest["taskDefinition"]["containerDefinitions"]
    assert (["migrate"], "envoy") == (app["command"], proxy["image"])
    assert f"{ROLE}-staging-task" == newest["taskDefinition"]["taskRoleArn"]
    assert [{"key": "team", "value": "orders"}] == newest["tags"]


def failure(stack: Stack, content: str) -> str:
    """The error of the task of staging in the run of a push, which deploys nothing."""
    before = digests(stack, "staging"), digests(stack, "production")
    [failed] = run(pushed(stack, content)).failures
    assert ("Staging", "RunTask") == (failed.stage, failed.name)
    assert before == (digests(stack, "staging"), digests(stack, "production"))
    return str(failed.error)


def test_a_task_that_fails_deploys_nothing(stack: Stack) -> None:
    """The error names container, exit code and the place of its log, in one line."""
    pushed(stack, "before the failure")
    ends(stack, "fails", app=3)
    said = failure(stack, "fails")
    assert "FAILED: TaskFailed: app of orders-staging-migrate:" in said
    assert "exited with 3 (Essential container in task exited)" in said
    assert (
        "/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Forders$252Fmigrate/log-events/run$252Fapp"
        in said
    )
    assert "\n" not in said


def test_a_container_that_does_not_start_deploys_nothing(stack: Stack) -> None:
    """It has no exit code."""
    ends(stack, "cannot start", app=None)
    assert "did not run (CannotPullContainerError; Essential" in failure(stack, "cannot start")


def test_a_sidecar_that_is_stopped_does_no_harm(stack: Stack) -> None:
    """The exit code of the container that matters decides, though Step Functions fails on every one."""
    ends(stack, "stops its sidecar", proxy=137)
    push = pushed(stack, "stops its sidecar")
    assert "Succeeded" == run(push).status, run(push).failures
    assert {push.digest} == digests(stack, "production")


def broken(stack: Stack, **own: str) -> None:
    """Deploys the task of staging with other parameters."""
    cloud = stack.trial.cloud
    [described] = cloud.inside("cloudformation").describe_stacks(StackName="orders-staging-task")["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    deployment.deploy(cloud, "orders-staging-task", render.to_dict(catalog.build("task-ecs")), given | own)


@pytest.mark.parametrize(
    ("parameter", "right", "wrong", "says"),
    [
        ("TaskFamily", "orders-staging-migrate", "gone", "Unable to describe task definition"),
        ("Container", "app", "web", "no container web in arn:aws:ecs:"),
        ("TaskRoleArns", f"{ROLE}-staging-task,{ROLE}-staging-execution", f"{ROLE}-staging-task", "TaskRoleArns lacks"),
    ],
)
def test_a_task_that_cannot_run_says_why(stack: Stack, parameter: str, right: str, wrong: str, says: str) -> None:
    """CloudFormation cannot know it; the first run fails before anything is deployed."""
    broken(stack, **{parameter: wrong})
    try:
        assert says in failure(stack, f"with another {parameter}")
    finally:
        broken(stack, **{parameter: right})


def test_a_cluster_that_does_not_exist_deploys_nothing(stack: Stack) -> None:
    """ECS reports it to Step Functions."""

    def gone(call: Call) -> str:
        return "Cluster not found." if call.operation == "RunTask" else ""

    stack.trouble.denied = gone
    assert "Cluster not found." in failure(stack, "without a cluster")


def test_a_stack_without_its_task_fails_the_first_run(stack: Stack) -> None:
    """The switch alone is not enough: the name of the state machine is in the error."""
    stack.trial.cloud.inside("cloudformation").delete_stack(StackName="orders-staging-task")
    assert "stateMachine:ecr-pipeline-task-orders_staging" in failure(stack, "without its stack")


def test_the_history_has_the_place_of_the_log(stack: Stack) -> None:
    """The output of an execution, which CodePipeline links."""
    states = stack.trial.cloud.inside("stepfunctions")
    calls = [call for call in stack.trial.cloud.calls if call.operation == "DescribeExecution"]
    outputs = [states.describe_execution(executionArn=call.parameters["executionArn"]) for call in calls]
    done: list[dict[str, Any]] = [json.loads(each["output"]) for each in outputs if each["status"] == "SUCCEEDED"]
    assert len(done) > 0
    assert all("#logsV2:log-groups/log-group/$252Forders$252Fmigrate/" in each["ended"]["log"] for each in done)
