"""Step Functions: the SDK integrations of a state machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.cloudformation.offline_stack import OfflineStack

# The calls of Step Functions with the role of a state machine that has a key.
HISTORY = Routine(
    "https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html",
    tuple(
        (operation, {"KeyId": "{KeyArn}", "EncryptionContext": {"aws:states:stateMachineArn": "{Machine}"}})
        for operation in ("kms:Decrypt", "kms:GenerateDataKey")
    ),
)


# Its calls for ecs:runTask.sync. It stops only tasks that it has started.
_RULE = "StepFunctionsGetEventsForECSTaskRule"
RUN_TASK = Routine(
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html",
    (
        (
            "ecs:RunTask",
            {
                "cluster": "{Cluster}",
                "taskDefinition": "{TaskDefinition}",
                "taskRoleArn": "{taskRoleArn}",
                "executionRoleArn": "{executionRoleArn}",
            },
        ),
        ("ecs:DescribeTasks", {"cluster": "{Cluster}", "tasks": ["0123456789abcdef"]}),
        ("ecs:StopTask", {"cluster": "{Cluster}", "task": "0123456789abcdef"}),
        ("events:DescribeRule", {"Name": _RULE}),
        ("events:PutRule", {"Name": _RULE}),
        ("events:PutTargets", {"Rule": _RULE}),
    ),
)
CALL_FUNCTION = Routine(
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
    (("lambda:Invoke", {"FunctionName": "{FunctionName}"}),),
)
INTEGRATIONS = {"ecs:runTask.sync": RUN_TASK, "lambda:invoke": CALL_FUNCTION}


def _machine(stack: OfflineStack, title: str, machine: Mapping[str, Any], facts: Facts) -> Iterator[ServiceCall]:
    """An SDK integration writes all parameters with a capital letter, unlike some APIs.

    A name that a later state leaves out (the deployment group of a deployment) comes from an earlier one.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    if key := machine.get("EncryptionConfiguration", {}).get("KmsKeyId"):
        yield from calls_in(HISTORY, machine["RoleArn"], {"KeyArn": key, "Machine": stack.arn(title)})
    known = {**_configs(stack), **facts(title)}
    named: dict[str, Any] = {name: value for name, value in known.items() if name == "deploymentConfigName"}
    for state in json.loads(machine["DefinitionString"])["States"].values():
        if integration := INTEGRATIONS.get(state.get("Resource", "").rpartition(":::")[2]):
            values = {
                name.removesuffix(".$"): _evaluated(value, known) if name.endswith(".$") else value
                for name, value in state["Parameters"].items()
                if isinstance(value, str)
            }
            yield from calls_in(integration, machine["RoleArn"], {**known, **values})
        if found := re.search(r":aws-sdk:(\w+):(\w)(\w+)$", state.get("Resource", "")):
            given = {
                name.removesuffix(".$"): _evaluated(value, known) if name.endswith(".$") else value
                for name, value in state["Parameters"].items()
            }
            parameters = given | {name[0].lower() + name[1:]: value for name, value in given.items()}
            yield ServiceCall(found[1], found[2].upper() + found[3], named | parameters, machine["RoleArn"])
            named |= {name: value for name, value in parameters.items() if name.endswith("Name")}


def _configs(stack: OfflineStack) -> dict[str, str]:
    """The deployment configuration of the stack's deployment group, if it names one."""
    groups = [group for _, group in stack.resources("AWS::CodeDeploy::DeploymentGroup")]
    found = [group["DeploymentConfigName"] for group in groups if "DeploymentConfigName" in group]
    return {"deploymentConfigName": found[0]} if found else {}


def _evaluated(path: str, known: Mapping[str, str]) -> str:
    """The value of a path or a function of the Amazon States Language. Unknown parts of the input are `input`."""
    template = re.fullmatch(r"States\.Format\('([^']*)'.*\)", path)
    return template[1].replace("{}", "input") if template else known.get(path.removeprefix("$."), path)


ROLE_USERS: RoleUsers = {"AWS::StepFunctions::StateMachine": _machine}
