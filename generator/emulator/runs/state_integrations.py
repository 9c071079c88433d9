"""Step Functions' optimized integrations, as far as ours use them: Lambda, and tasks of ECS whose end is waited for.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

IntegrationClients = Callable[[str], Any]
RULE = "StepFunctionsGetEventsForECSTaskRule"


class IntegrationError(Exception):
    """The step fails with this error name and cause."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(f"{name}: {cause}")


def invoke_function(client: IntegrationClients, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a function, with its payload as JSON; what it raises is the error of the step.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    """
    payload = json.dumps(parameters["Payload"]).encode()
    answer = client("lambda").invoke(FunctionName=parameters["FunctionName"], Payload=payload)
    text = answer["Payload"].read().decode()
    if answer.get("FunctionError"):
        raise IntegrationError(json.loads(text).get("errorType", "Lambda.Unknown"), text)
    return {"StatusCode": answer["StatusCode"], "Payload": json.loads(text)}


def run_task(client: IntegrationClients, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The task when it has ended. Any container that does not exit with 0 fails the step, whose cause is the task.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    """
    _watch(client("events"))
    ecs = client("ecs")
    started = ecs.run_task(**_camel(parameters))
    if started["failures"]:
        raise IntegrationError("AmazonECS.Unknown", json.dumps(_pascal(started["failures"])))
    [task] = ecs.describe_tasks(cluster=parameters["Cluster"], tasks=[started["tasks"][0]["taskArn"]])["tasks"]
    found: dict[str, Any] = _pascal(json.loads(json.dumps(task, default=str)))
    if any(each.get("ExitCode") != 0 for each in found["Containers"]):
        raise IntegrationError("States.TaskFailed", json.dumps(found))
    return found


def _watch(events: Any) -> None:
    """Create the rule that notifies Step Functions of the end of a task, unless it exists already."""
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}
    with suppress(ClientError):
        events.describe_rule(Name=RULE)
    arn = events.put_rule(Name=RULE, EventPattern=json.dumps(pattern))["RuleArn"]
    # Its target is one of Step Functions' own.
    target = arn.replace(":events:", ":states:").replace(":rule/", ":stateMachine:")
    events.put_targets(Rule=RULE, Targets=[{"Id": "StepFunctions", "Arn": target}])


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _camel(item) for key, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def _pascal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _pascal(item) for key, item in value.items()}
    return [_pascal(item) for item in value] if isinstance(value, list) else value


INTEGRATIONS: Mapping[str, Callable[[IntegrationClients, Mapping[str, Any]], dict[str, Any]]] = {
    "lambda:invoke": invoke_function,
    "ecs:runTask.sync": run_task,
}
