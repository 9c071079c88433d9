"""Exports: named values of a stack for the other stacks of its account and region.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generator.cloudformation.refusals import FailedError, RefusedError
from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope, without_lookups
from generator.emulator.stacks.stack_records import Output, Stack

LONGEST = 256
_NAME = re.compile("[A-Za-z0-9:-]+")


def exports(stacks: Mapping[str, Stack]) -> dict[str, tuple[Stack, str]]:
    """Every exported value with the stack that exports it, by name. A deleted stack has no outputs."""
    return {
        output.export: (stack, output.value) for stack in stacks.values() for output in stack.outputs if output.export
    }


def exported_values(stacks: Mapping[str, Stack]) -> dict[str, str]:
    """Every exported value, by the name of the export."""
    return {name: value for name, (_, value) in exports(stacks).items()}


def importers(stacks: Mapping[str, Stack], name: str) -> list[str]:
    """The names of the stacks that import an export. A deleted stack imports nothing."""
    return [stack.name for stack in stacks.values() if name in stack.imports]


def export_names(outputs: Mapping[str, Any], scope: Scope) -> dict[str, str]:
    """The name of the export of each output that has one. RefusedError for a name that CloudFormation does not accept.

    The messages are CloudFormation's: aws/aws-cdk#28563 and #9733, aws-cloudformation/cfn-lint#1632,
    compose-x/ecs_composex#444.
    """
    names = {name: _name(name, output["Export"], scope) for name, output in outputs.items() if "Export" in output}
    every = list(names.values())
    if repeated := sorted({name for name in every if every.count(name) > 1}):
        raise RefusedError(
            f"Template format error: The Outputs section contains duplicate Export names: [{', '.join(repeated)}]."
            " Specify a unique name for each export."
        )
    return names


def _name(output: str, export: Mapping[str, Any], scope: Scope) -> str:
    malformed = f"Template format error: Output {output} is malformed. The Name field of"
    independent = f"{malformed} Export must not depend on any resources, imported values, or Fn::GetAZs."
    name = resolve(export.get("Name", ""), without_lookups(scope, independent))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RefusedError(
            f"{malformed} every Export member must be specified and consist only of alphanumeric characters, colons,"
            " or hyphens."
        )
    if len(name) > LONGEST:
        raise RefusedError(f"{malformed} every Export member must not be longer than {LONGEST} characters.")
    return name


def check_names(stack: Stack, names: Iterable[str], stacks: Mapping[str, Stack]) -> None:
    """FailedError if the stack must not have exactly these exports: another stack has one of them, or imports another.

    AWS reports a duplicate export as in aws-amplify/amplify-cli#1581.
    """
    wanted = set(names)
    for name, (owner, _) in exports(stacks).items():
        if name in wanted and owner is not stack:
            raise FailedError(f"Export with name {name} is already exported by stack {owner.name}.")
    for output in stack.outputs:
        if output.export and output.export not in wanted:
            check_deletion(output.export, stacks)


def check_deletion(name: str, stacks: Mapping[str, Stack]) -> None:
    """FailedError if an export must not be deleted, because stacks import it.

    https://repost.aws/articles/ARrtwG71pqTYi3bGme27_3bg
    """
    if users := importers(stacks, name):
        raise FailedError(f"Delete canceled. Cannot delete export {name} as it is in use by {', '.join(users)}.")


def check_values(stack: Stack, outputs: Iterable[Output], stacks: Mapping[str, Stack]) -> None:
    """FailedError if the value of an export would change while stacks import it.

    The message is that of aws-samples/generative-ai-use-cases#1232.
    """
    before = {output.export: output.value for output in stack.outputs}
    for output in outputs:
        changes = bool(output.export) and before.get(output.export, output.value) != output.value
        if changes and (users := importers(stacks, output.export)):
            raise FailedError(
                f"Update canceled. Cannot update export {output.export} as it is in use by {', '.join(users)}."
            )
