"""The record of what was released: parameters that tell other stacks and people which image runs.

A Step Functions task writes them: no compute, no code, no endpoint in the build network. A CodeBuild project would cost
a start of a minute and an `ssm` endpoint by the hour. It writes SSM parameters and nothing else: no push, no trigger.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NamedTuple

from awacs import ssm, states
from troposphere import Ref, Sub, Template
from troposphere.stepfunctions import StateMachine

from generator.arn import arn
from generator.components.inspection import Inspection
from generator.iam import Grant, add_service_role, trust
from generator.outputs import add_output
from generator.stages import Stage, action

PATH = "/ecr-pipeline/${AWS::StackName}"


def _put(name: str, value: str) -> dict[str, object]:
    return {
        "Type": "Task",
        "Resource": "arn:${AWS::Partition}:states:::aws-sdk:ssm:putParameter",
        "Parameters": {
            "Name.$": f"States.Format('{PATH}/{{}}/{name}', $.stage)",
            "Value.$": value,
            "Type": "String",
            "Overwrite": True,
        },
        "ResultPath": None,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 4}],
    }


DEFINITION = {
    "StartAt": "RecordRelease",
    "TimeoutSeconds": 300,
    "States": {
        "RecordRelease": _put("release", "States.JsonToString($)") | {"Next": "RecordImage"},
        "RecordImage": _put("image", "$.image") | {"End": True},
    },
}


class Recorder(NamedTuple):
    """The state machine that writes records."""

    state_machine_arn: Ref

    def record(self, template: Template, stage: Stage, inspection: Inspection) -> Stage:
        """The stage, with the record of its image as its last action.

        The facts are those that Inspect has checked: what somebody types at a start by hand is not recorded.
        """
        name = stage.name.lower()
        facts = {
            "stage": name,
            "image": inspection.image_uri,
            "digest": inspection.digest,
            "tags": inspection.tags,
            "execution": "#{codepipeline.PipelineExecutionId}",
        }
        last = max((step.RunOrder for step in stage.actions), default=0)
        write = action(
            "Record",
            category="Invoke",
            provider="StepFunctions",
            configuration={"StateMachineArn": self.state_machine_arn, "Input": json.dumps(facts)},
            run_order=last + 1,
        )
        add_output(
            template,
            f"{stage.name}Record",
            Sub(f"{PATH}/{name}/image"),
            f"SSM parameter with the image of {name} by digest; .../{name}/release tells digest, tags and run",
        )
        return replace(stage, actions=(*stage.actions, write), grants=(*stage.grants, *self._run()))

    def _run(self) -> tuple[Grant, ...]:
        """Run the state machine and wait for it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
        """
        return (
            Grant(
                sid="Record",
                actions=(states.DescribeStateMachine, states.StartExecution),
                resources=(self.state_machine_arn,),
                why="What was released is recorded.",
            ),
            Grant(
                sid="FollowRecord",
                actions=(states.DescribeExecution,),
                resources=(arn("states", "execution:${Recorder.Name}:*"),),
                why="The pipeline waits for the record.",
            ),
        )


def add_recorder(template: Template) -> Recorder:
    """A state machine that writes two parameters for a stage: `<path>/<stage>/image` and `<path>/<stage>/release`.

    They are not resources of the stack: an update of the stack would put the first value back.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    role = add_service_role(
        template,
        "RecorderRole",
        trusted=trust("states.amazonaws.com", arn("states", "stateMachine:*")),
        grants=(
            Grant(
                sid="WriteRecord",
                actions=(ssm.PutParameter,),
                resources=(arn("ssm", f"parameter{PATH}/*"),),
                why="The record is a parameter under the path of the stack.",
            ),
        ),
    )
    recorder = StateMachine(
        "Recorder",
        StateMachineType="STANDARD",
        RoleArn=role.arn,
        DefinitionString=Sub(json.dumps(DEFINITION)),
    )
    template.add_resource(recorder)
    return Recorder(Ref(recorder))
