"""AWS Step Functions."""

from __future__ import annotations

import json

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request

_APART = ("Definition", "DefinitionString", "DefinitionSubstitutions", "StateMachineName", "StateMachineType")


def _definition(properties: Properties) -> str:
    text = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return str(text)


def _create_machine(work: ResourceContext, properties: Properties) -> str:
    created = request(
        work.client("stepfunctions"),
        "CreateStateMachine",
        without(properties, *_APART),
        name=properties.get("StateMachineName") or work.name(80),
        type=properties.get("StateMachineType", "STANDARD"),
        definition=_definition(properties),
    )
    return str(created["stateMachineArn"])


def _update_machine(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
    request(
        work.client("stepfunctions"),
        "UpdateStateMachine",
        without(new, *_APART, "Tags"),
        stateMachineArn=arn,
        definition=_definition(new),
    )


TYPES = {
    "AWS::StepFunctions::StateMachine": ResourceHandler(
        create=_create_machine,
        update=_update_machine,
        delete=lambda work, arn, _: work.client("stepfunctions").delete_state_machine(stateMachineArn=arn),
        attributes=lambda _work, arn, _: {"Arn": arn, "Name": arn.rsplit(":", 1)[1]},
    ),
}
