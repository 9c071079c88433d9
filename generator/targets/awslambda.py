"""AWS Lambda: a version of each function with the image, and an alias that CodeDeploy shifts to it.

The deployer of a stage is a state machine; the pipeline runs it with the digest and waits for its end.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
"""

from __future__ import annotations

import json

from awacs import states
from troposphere import Join, Select, Split, Template

from generator.components.stage_parameters import Place, Where
from generator.deployers.awslambda import deployer
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.stages import Stage, action
from generator.targets import Deployment, Ground, Target


def add_stage(_template: Template, place: Place, ground: Ground) -> Stage:
    """A stage that runs its deployer, which restores the aliases itself if it fails."""
    facts = {
        "stage": place.name.lower(),
        "image": ground.inspection.image_uri,
        "digest": ground.inspection.digest,
        "platforms": ground.inspection.platforms,
    }
    deploy = action(
        "Deploy",
        category="Invoke",
        provider="StepFunctions",
        configuration={"StateMachineArn": place.where, "Input": json.dumps(facts)},
    )
    return Stage(
        name=place.name,
        actions=(deploy,),
        grants=_grants(place),
        only_if=place.only_if,
    )


def _grants(place: Place) -> tuple[Grant, ...]:
    """Run the state machine and wait for it."""
    name = Select(6, Split(":", place.where))
    return (
        Grant(
            sid=f"Deploy{place.name}",
            actions=(states.DescribeStateMachine, states.StartExecution),
            resources=(place.where,),
            why=f"The pipeline runs the deployer of {place.name.lower()}.",
        ),
        Grant(
            sid=f"Follow{place.name}",
            actions=(states.DescribeExecution,),
            resources=(Join("", [arn("states", "execution:"), name, ":*"]),),
            why="The pipeline waits for the end of the deployer.",
        ),
    )


TARGET = Target(
    name="lambda",
    summary="Image pipeline: a push to ECR is inspected, deployed to Lambda staging, approved, deployed to production",
    prepare=lambda _template, _places, _base: Deployment(add=add_stage, contracts={"SINGLE_IMAGE_FOR": "Lambda"}),
    where=Where(
        "Deployer",
        "Deployer",
        "State machine",
        r"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}",
        "the output Deployer of its deployer-lambda stack",
        longest=150,
    ),
    deployer=deployer,
)
