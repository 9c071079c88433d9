"""The state machine that runs a task of ECS once with the new image, and succeeds only if its container does.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

import json
from typing import Any

LAMBDA = "arn:${AWS::Partition}:states:::lambda:invoke"
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
RETRY = [
    {
        "ErrorEquals": [
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.TooManyRequestsException",
        ],
        "IntervalSeconds": 2,
        "MaxAttempts": 5,
        "BackoffRate": 2,
    }
]
# Step Functions itself replaces these, by the DefinitionSubstitutions of the same names: lists and a number.
SUBNETS, GROUPS = "Subnets", "SecurityGroups"
_SECONDS = '"${TimeoutSeconds}"'


def definition_text() -> str:
    """The state machine as text. ${...} are values of the template, as Fn::Sub reads them."""
    return json.dumps(definition(), indent=1).replace(_SECONDS, _SECONDS.strip('"'))


def definition() -> dict[str, Any]:
    """The state machine. Its input has the image as `image`, its output the location of the log as `$.ended.log`."""
    return {
        "StartAt": "Register",
        "States": {
            "Register": {
                "Type": "Task",
                "Resource": LAMBDA,
                "Parameters": {"FunctionName": "${Registrar}", "Payload": {"image.$": "$.image"}},
                "ResultSelector": {"revision.$": "$.Payload.revision"},
                "ResultPath": "$.registered",
                "Retry": RETRY,
                "Catch": _judge(),
                "Next": "Run",
            },
            # It is not tried again: half of a migration may have happened.
            "Run": {
                "Type": "Task",
                "Resource": "arn:${AWS::Partition}:states:::ecs:runTask.sync",
                # Step Functions then stops the task.
                # https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
                "TimeoutSeconds": "${TimeoutSeconds}",
                "Parameters": {
                    "Cluster": "${Cluster}",
                    "TaskDefinition.$": "$.registered.revision",
                    "LaunchType": "FARGATE",
                    "PropagateTags": "TASK_DEFINITION",
                    "NetworkConfiguration": {
                        "AwsvpcConfiguration": {
                            "Subnets": [f"${{!{SUBNETS}}}"],
                            "SecurityGroups": [f"${{!{GROUPS}}}"],
                            "AssignPublicIp": "${AssignPublicIp}",
                        }
                    },
                },
                "ResultPath": "$.task",
                # The step fails on any container that does not exit with 0, also on a sidecar that ECS stopped.
                "Catch": _judge(),
                "Next": "Judge",
            },
            "Judge": {
                "Type": "Task",
                "Resource": LAMBDA,
                "Parameters": {"FunctionName": "${Registrar}", "Payload": {"task.$": "$.task"}},
                "ResultSelector": {"failure.$": "$.Payload.failure", "log.$": "$.Payload.log"},
                "ResultPath": "$.ended",
                "Retry": RETRY,
                "Next": "HasSucceeded",
            },
            "HasSucceeded": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.ended.failure", "StringEquals": "", "Next": "Done"}],
                "Default": "TaskFailed",
            },
            "TaskFailed": {"Type": "Fail", "Error": "TaskFailed", "CausePath": "$.ended.failure"},
            "Done": {"Type": "Succeed"},
        },
    }


def _judge() -> list[dict[str, Any]]:
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.task", "Next": "Judge"}]
