"""A task of ECS that runs once before each deployment of a stage, with the new image: for example a database migration.

Each stage has its own stack: network, roles and cluster may belong to a team other than the pipeline's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from awacs import awslambda, ecs, events
from awacs.aws import ArnEquals, Condition
from troposphere import Join, Ref, Split, Sub, Template
from troposphere.stepfunctions import StateMachine

from generator.components.deployment_task import machine_name
from generator.components.ecs_tasks import NAME, add_fargate_roles, pass_roles, tag_revision
from generator.components.existing_vpc import ID
from generator.components.function import Function, add_function
from generator.components.history import encrypt_history, history_encryption
from generator.components.logs import add_log_retention
from generator.components.named_pipeline import add_pipeline_of, add_stage_of
from generator.components.platform import import_platform
from generator.components.task_machine import GROUPS, SUBNETS, definition_text
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, trust
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import EACH_ONCE, add_choice, add_number, add_parameter
from generator.model.purpose import purpose
from generator.model.script import substituted
from generator.model.template import new_template

NEWEST = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html"
REGISTER = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html"
GROUP = "Task"


class _Task(NamedTuple):
    """The parameters of the task."""

    container: Ref
    roles: Ref
    subnets: Ref
    groups: Ref


def task() -> Template:
    """The state machine of one stage, and the function that it calls before and after the task."""
    template = new_template("ECS task that runs with the new image before each deployment to a stage")
    add_pipeline_of(template, "Name of the pipeline: the parameter Name of its stack.")
    add_stage_of(template, "The task runs before each deployment to this stage.")
    task = _add_task(template)
    key = import_platform(template).key
    registrar = add_function(
        template,
        "Registrar",
        description="Registers the task that runs before a deployment and reports its result",
        grants=(*_register(), tag_revision(), pass_roles(task.roles, only_if="")),
        owner=Owner("task"),
        key=key,
        log_retention_days=add_log_retention(template, "Logs"),
        variables={"FAMILY": Ref("TaskFamily"), "CONTAINER": task.container, "TASK_ROLE_ARNS": task.roles},
        comments=False,
    )
    name = machine_name("${PipelineName}", "${Stage}")
    role = add_service_role(
        template,
        "RunRole",
        trusted=trust("states.amazonaws.com", arn("states", f"stateMachine:{name}")),
        grants=(
            *_run(registrar),
            pass_roles(task.roles, only_if=""),
            encrypt_history(key, arn("states", f"stateMachine:{name}")),
        ),
    )
    # Its type is STANDARD, the default. CodePipeline does not wait for an express machine.
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
    machine = StateMachine(
        "Machine",
        Metadata=purpose("Runs the task with the image of a run, and fails if its container fails."),
        # The pipeline finds it by this name.
        StateMachineName=Sub(name),
        RoleArn=role.arn,
        EncryptionConfiguration=history_encryption(key),
        DefinitionString=substituted(definition_text()),
        DefinitionSubstitutions={SUBNETS: _quoted(task.subnets), GROUPS: _quoted(task.groups)},
    )
    template.add_resource(machine)
    add_output(
        template, "StateMachineArn", Ref(machine), "State machine that runs the task; its executions have the logs"
    )
    return template


def _quoted(ids: Ref) -> Join:
    """Ids separated by commas as items of a JSON list, without the first and the last quote."""
    return Join('","', Split(",", ids))


def _add_task(template: Template) -> _Task:
    for name, label, description, example in (
        ("Cluster", "Cluster", "ECS cluster that the task runs in.", "apps"),
        (
            "TaskFamily",
            "Task definition",
            "Family of the task definition, for this stage alone, without a revision.",
            "orders-production-migrate",
        ),
    ):
        add_parameter(
            template,
            name,
            group=GROUP,
            label=label,
            description=description,
            AllowedPattern=f"^{NAME}$",
            ConstraintDescription=f"Enter a name, such as {example}.",
        )
    container = add_parameter(
        template,
        "Container",
        group=GROUP,
        label="Container",
        description="Container that gets the image. A nonzero exit code fails the stage.",
        AllowedPattern=f"^{NAME}$",
        ConstraintDescription="Enter the name of a container, such as app.",
    )
    roles = add_fargate_roles(template, group=GROUP)
    add_number(
        template,
        "TimeoutSeconds",
        group=GROUP,
        label="Time limit (seconds)",
        description="Seconds until a task that still runs is stopped and the stage fails.",
        default=1800,
        least=60,
        most=86400,
    )
    subnets, groups = (
        add_parameter(
            template,
            name,
            group="Network",
            label=label,
            description=description,
            AllowedPattern=f"^{EACH_ONCE}{kind}-{ID}(,{kind}-{ID}){{0,{most - 1}}}$",
            ConstraintDescription=f"Enter IDs separated by commas, such as {kind}-0a1b2c3d4e5f60718.",
        )
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
        for name, label, description, kind, most in (
            (
                "SubnetIds",
                "Subnets",
                "Up to 16 subnets that can reach ECR and the database, such as those of the service.",
                "subnet",
                16,
            ),
            ("SecurityGroupIds", "Security groups", "Up to 5 security groups of the task.", "sg", 5),
        )
    )
    add_choice(
        template,
        "AssignPublicIp",
        group="Network",
        label="Public address",
        description="Choose ENABLED in public subnets that have no other route to ECR.",
        choices=("DISABLED", "ENABLED"),
    )
    return _Task(container, roles, subnets, groups)


def _register() -> tuple[Grant, ...]:
    return (
        Grant(
            sid="SeeTask",
            actions=(ecs.DescribeTaskDefinition,),
            why="The function copies the newest revision of the family, and reads where its container logs.",
            everywhere=NEWEST,
        ),
        Grant(
            sid="ReviseTask",
            actions=(ecs.RegisterTaskDefinition,),
            why="The family gets a revision with the image.",
            everywhere=REGISTER,
        ),
    )


def _run(registrar: Function) -> tuple[Grant, ...]:
    """The permissions of the state machine for ecs:runTask.sync on this cluster and family, and for its function.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    """
    here = Condition(ArnEquals({"ecs:cluster": arn("ecs", "cluster/${Cluster}")}))
    return (
        Grant(
            sid="CallRegistrar",
            actions=(awslambda.InvokeFunction,),
            resources=(registrar.arn,),
            why="The state machine calls the function before and after the task.",
        ),
        Grant(
            sid="RunTask",
            actions=(ecs.RunTask,),
            resources=(arn("ecs", "task-definition/${TaskFamily}:*"),),
            condition=here,
            why="The task runs once for each deployment.",
        ),
        Grant(
            sid="FollowTask",
            actions=(ecs.DescribeTasks, ecs.StopTask),
            resources=(arn("ecs", "task/${Cluster}/*"),),
            why="Step Functions waits for the end of the task, and stops it after the time limit.",
        ),
        Grant(
            sid="WaitForEvents",
            actions=(events.DescribeRule, events.PutRule, events.PutTargets),
            resources=(arn("events", "rule/StepFunctionsGetEventsForECSTaskRule"),),
            why="Step Functions learns from events of ECS that the task has ended; it makes this rule once.",
        ),
    )


TEMPLATES: dict[str, Callable[[], Template]] = {"task-ecs": task}
