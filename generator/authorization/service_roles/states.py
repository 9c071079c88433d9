"""Step Functions: the SDK integrations of a state machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
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
    definition = json.loads(machine["DefinitionString"])
    for state, values in _steps(definition["States"], known, _listed(machine["DefinitionString"])):
        given = {
            name.removesuffix(".$"): _evaluated(value, values) if name.endswith(".$") else value
            for name, value in state.get("Parameters", {}).items()
        }
        if integration := INTEGRATIONS.get(state.get("Resource", "").rpartition(":::")[2]):
            texts = {name: value for name, value in given.items() if isinstance(value, str)}
            yield from calls_in(integration, machine["RoleArn"], {**values, **texts})
        if found := re.search(r":aws-sdk:(\w+):(\w)(\w+)$", state.get("Resource", "")):
            parameters = given | {name[0].lower() + name[1:]: value for name, value in given.items()}
            yield ServiceCall(found[1], found[2].upper() + found[3], named | parameters, machine["RoleArn"])
            named |= {name: value for name, value in parameters.items() if name.endswith("Name")}


def _listed(definition: str) -> list[str]:
    """The names that the machine goes through: it splits a list that is written in its definition."""
    lists = re.findall(r"States\.StringSplit\('([^'$]+)', ','\)", definition)
    return [name for names in lists for name in names.split(",")]


def _steps(
    states: Mapping[str, Any], known: Mapping[str, str], listed: Sequence[str]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    """Each state with what is known of its input: those of a Map once for each name of the list."""
    for state in states.values():
        yield state, known
        for name in listed if "ItemProcessor" in state else ():
            yield from _steps(state["ItemProcessor"]["States"], {**known, "name": name}, listed)


def _configs(stack: OfflineStack) -> dict[str, str]:
    """The deployment configuration of the stack's deployment group, if it names one."""
    groups = [group for _, group in stack.resources("AWS::CodeDeploy::DeploymentGroup")]
    found = [group["DeploymentConfigName"] for group in groups if "DeploymentConfigName" in group]
    return {"deploymentConfigName": found[0]} if found else {}


def _evaluated(path: str, known: Mapping[str, str]) -> str:
    """The value of a path or a function of the Amazon States Language. Unknown parts of the input are `input`."""
    template = re.fullmatch(r"States\.Format\('([^']*)', (.*)\)", path)
    if not template:
        return known.get(path.removeprefix("$."), path)
    values = [known.get(each.strip().removeprefix("$."), "input") for each in template[2].split(",")]
    return "".join(map("".join, zip_longest(template[1].split("{}"), values, fillvalue="")))


ROLE_USERS: RoleUsers = {"AWS::StepFunctions::StateMachine": _machine}
