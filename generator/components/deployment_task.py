"""The task of ECS that runs before a deployment: an action that runs the state machine of a task-ecs stack.

Both stacks can derive the name of the state machine, so the pipeline needs only a switch.
"""

from __future__ import annotations

import json

from awacs import states
from troposphere import Equals, If, NoValue, Template

from generator.components.stage_parameters import Place
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_choice, add_condition
from generator.model.stages import action

ACTION, PARAMETER, CONDITION = "RunTask", "TaskBeforeDeployment", "HasTask"


def machine_name(pipeline: str, stage: str) -> str:
    """The name of the state machine of a stage, as Fn::Sub reads it.

    A pipeline's name has no underscore, so that `pipeline_*` matches only the state machines of this pipeline.
    """
    return f"ecr-pipeline-task-{pipeline}_{stage}"


def add_task_choice(template: Template) -> None:
    """The parameter that says whether a task runs before each deployment, and its condition."""
    choice = add_choice(
        template,
        PARAMETER,
        group="Tasks",
        label="Task before the deployment",
        description="yes: a task, such as a database migration, runs with the new image first. Each stage needs a "
        "task-ecs stack.",
        choices=("no", "yes"),
    )
    add_condition(template, CONDITION, Equals(choice, "yes"))


def task_action(place: Place, image: str) -> If:
    """The first action of a stage, if it has a task: a task that fails ends the stage before anything is deployed."""
    machine = arn("states", f"stateMachine:{machine_name('${Name}', place.name.lower())}")
    run = action(
        ACTION,
        category="Invoke",
        provider="StepFunctions",
        configuration={"StateMachineArn": machine, "Input": json.dumps({"image": image})},
    )
    return If(CONDITION, run, NoValue)


def run_task() -> Grant:
    """Run the state machines of this pipeline's stages and wait for them."""
    name = machine_name("${Name}", "*")
    return Grant(
        sid=ACTION,
        actions=(states.DescribeExecution, states.DescribeStateMachine, states.StartExecution),
        resources=(arn("states", f"stateMachine:{name}"), arn("states", f"execution:{name}")),
        why="The pipeline runs the task before a deployment, and waits for its end.",
        only_if=CONDITION,
    )
