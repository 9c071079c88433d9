"""The switch of a pipeline for tasks before its deployments."""

from __future__ import annotations

import json

import pytest

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.components.deployment_task import CONDITION, machine_name
from generator.publishing.render import to_dict
from tests.rendered import actions
from tests.resolved import resolved


@pytest.mark.parametrize(
    ("choice", "production", "stages"),
    [("no", "live/orders", []), ("yes", "live/orders", ["Staging", "Production"]), ("yes", "none", ["Staging"])],
)
def test_a_task_runs_before_each_deployment(choice: str, production: str, stages: list[str]) -> None:
    """It is the first action of its stage, with the image that Inspect has checked."""
    given = {"Name": "orders", "StagingService": "apps/orders", "ProductionService": production}
    pipeline = resolved(to_dict(catalog.build("pipeline-ecs")), **given, TaskBeforeDeployment=choice)["Pipeline"]
    found = [
        (stage["Name"], action["RunOrder"], action["Configuration"])
        for stage in pipeline["Stages"]
        for action in stage["Actions"]
        if action["Name"] == "RunTask"
    ]
    assert stages == [stage for stage, _, _ in found]
    for stage, order, configuration in found:
        assert 1 == order
        assert configuration["StateMachineArn"].endswith(f":stateMachine:ecr-pipeline-task-orders_{stage.lower()}")
        assert {"image": "#{Inspect.IMAGE_URI}"} == json.loads(configuration["Input"])


def test_without_the_switch_there_is_no_trace_of_a_task() -> None:
    """A pipeline without tasks may start no state machine, and has no action for it."""
    template = chosen(to_dict(catalog.build("pipeline-ecs")), [CONDITION])
    assert "states:" not in json.dumps(template["Resources"])
    assert "RunTask" not in [action["Name"] for _, _, action in actions(template)]


def test_both_stacks_call_the_machine_the_same() -> None:
    """The pipeline by its own name, the stack of the task by the name of the pipeline that is typed."""
    machine = to_dict(catalog.build("task-ecs"))["Resources"]["Machine"]["Properties"]
    assert {"Fn::Sub": machine_name("${PipelineName}", "${Stage}")} == machine["StateMachineName"]
    assert machine_name("${Name}", "staging") in json.dumps(to_dict(catalog.build("pipeline-ecs")))
