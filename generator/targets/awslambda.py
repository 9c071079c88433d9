"""AWS Lambda: a version of each function with the image, and an alias that CodeDeploy shifts to it.

The deployer of a function is a state machine; the pipeline runs it with the digest and waits for its end.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from awacs import states
from troposphere import Equals, If, Join, Not, NoValue, Ref, Select, Split, Template
from troposphere.codepipeline import FailureConditions

from generator.components.stage_parameters import Place, Where
from generator.deployers.awslambda import deployer
from generator.model.arn import arn, each_of
from generator.model.grants import Grant
from generator.model.parameters import add_condition
from generator.model.stages import Stage, action
from generator.targets import Base, Deployment, Ground, Target

MACHINE = r"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}"
ACTIONS = ("Deploy", "DeploySecond", "DeployThird")


def prepare(template: Template, places: Sequence[Place], _base: Base) -> Deployment:
    """Conditions that say how many deployers a stage has: a place of a shorter list repeats the first one."""
    for place in places:
        first, *others = each_of(_deployers(place))
        for number, other in zip(ACTIONS[1:], others, strict=True):
            add_condition(template, _condition(place, number), Not(Equals(other, first)))
    return Deployment(add=add_stage, contracts={"SINGLE_IMAGE_FOR": "Lambda"})


def add_stage(_template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that runs its deployers at the same time. Each rolls back itself; the stage takes back the others."""
    facts = {
        "stage": place.name.lower(),
        "image": ground.inspection.image_uri,
        "digest": ground.inspection.digest,
        "platforms": ground.inspection.platforms,
    }
    first, second, third = (
        action(
            name,
            category="Invoke",
            provider="StepFunctions",
            configuration={"StateMachineArn": machine, "Input": json.dumps(facts)},
        )
        for name, machine in zip(ACTIONS, each_of(_deployers(place)), strict=True)
    )
    has_second, has_third = (_condition(place, name) for name in ACTIONS[1:])
    return Stage(
        name=place.name,
        actions=(first, If(has_second, second, NoValue), If(has_third, third, NoValue)),
        grants=_grants(place),
        # A single deployer has rolled back already.
        on_failure=If(has_second, FailureConditions(Result="ROLLBACK"), NoValue),
        only_if=place.only_if,
    )


def _deployers(place: Place) -> Ref:
    return Ref(f"{place.name}Deployer")


def _condition(place: Place, name: str) -> str:
    return f"{place.name}{name}"


def _grants(place: Place) -> tuple[Grant, ...]:
    """Run the state machines and wait for them."""
    machines = each_of(_deployers(place))
    names = [Select(6, Split(":", machine)) for machine in machines]
    return (
        Grant(
            sid=f"Deploy{place.name}",
            actions=(states.DescribeStateMachine, states.StartExecution),
            resources=(Split(",", _deployers(place)),),
            why=f"The pipeline runs the deployers of {place.name.lower()}.",
        ),
        Grant(
            sid=f"Follow{place.name}",
            actions=(states.DescribeExecution,),
            resources=tuple(Join("", [arn("states", "execution:"), name, ":*"]) for name in names),
            why="The pipeline waits for the end of the deployers.",
        ),
    )


TARGET = Target(
    name="lambda",
    summary="Image pipeline: a push to ECR is inspected, deployed to Lambda staging, approved, deployed to production",
    prepare=prepare,
    where=Where(
        "Deployer",
        "Deployers",
        "One to three state machines, separated by commas,",
        f"{MACHINE}(,{MACHINE}){{0,2}}",
        "the output Deployer of a stack of deployer-lambda, or up to three of them",
        longest=500,
        each_once=True,
    ),
    deployer=deployer,
)
