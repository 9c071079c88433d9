"""The task that runs before each deployment to a stage, if the parameters require it: a stack of task-ecs."""

from __future__ import annotations

from collections.abc import Mapping

from generator.components.deployment_task import PARAMETER
from generator.components.stage_parameters import NONE
from generator.emulator.stacks.stack_records import Body
from generator.emulator.trial import deployment
from generator.emulator.trial.account import Account
from generator.emulator.trial.existing_resources import register_task, task_roles

TEMPLATE, CONTAINER, SERVICES = "task-ecs", "app", "Service"
_NETWORK = {"SubnetIds": "subnet-0a1b2c3d4e5f60718", "SecurityGroupIds": "sg-0a1b2c3d4e5f60718"}


def are_asked_for(pipeline: Mapping[str, str]) -> bool:
    """Whether the parameters of a pipeline say that a task runs."""
    return pipeline.get(PARAMETER) == "yes"


def deploy(here: Account, body: Body, pipeline: Mapping[str, str]) -> None:
    """Create a task for each stage of the pipeline, in the cluster of its first service, and its stack."""
    for name, services in pipeline.items():
        if name.endswith(SERVICES) and services != NONE:
            stage, cluster = name.removesuffix(SERVICES).lower(), services.partition("/")[0]
            stack = f"{pipeline['Name']}-{stage}-task"
            roles = task_roles(pipeline["TaskRoleArns"], cluster)
            register_task(here.cloud.inside("ecs"), stack, roles, [{"name": CONTAINER, "image": "before"}])
            own = {
                "PipelineName": pipeline["Name"],
                "Stage": stage,
                "Cluster": cluster,
                "TaskFamily": stack,
                "Container": CONTAINER,
                "TaskRoleArns": pipeline["TaskRoleArns"],
                **_NETWORK,
            }
            values, _ = here.made(own, {})
            here.progress(f"deploying {stack} with the AWS CLI")
            deployment.deploy(here.cloud, stack, body, values)
