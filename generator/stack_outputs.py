"""The outputs of stacks, as `aws cloudformation describe-stacks` prints them: parameters of other stacks.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/describe-stacks.html
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator
from typing import Any, NamedTuple

from generator.errors import GeneratorError
from generator.findings import quoted

FORM = 'allowed: what `aws cloudformation describe-stacks --output json` prints, {"Stacks": [...]}'


class Output(NamedTuple):
    """What a stack tells under a name."""

    name: str
    value: str
    stack: str


def read(documents: Iterable[tuple[str, bytes]], parameters: Container[str]) -> dict[str, str]:
    """The value of every output by its name, from documents of which each has a name for messages.

    Stacks may tell the same. A parameter that they tell differently is an error, as is a stack that tells nothing; of
    what is no parameter, such as the key that each has for itself, the first one stays.
    """
    told: dict[str, Output] = {}
    problems = []
    for document, content in documents:
        try:
            for output in _outputs(json.loads(content)):
                first = told.setdefault(output.name, output)
                if first.value != output.value and output.name in parameters:
                    one, other = (f"{quoted(each.value)} by {each.stack}" for each in (first, output))
                    problems.append(f"{output.name} is {one}, {other}")
        except (GeneratorError, RecursionError, ValueError) as error:
            problems.append(f"{document}: {error}; {FORM}")
    if problems:
        raise GeneratorError("\n".join(problems))
    return {name: output.value for name, output in told.items()}


def _outputs(loaded: Any) -> Iterator[Output]:
    stacks = loaded.get("Stacks") if isinstance(loaded, dict) else None
    if not isinstance(stacks, list) or not stacks:
        raise GeneratorError(f"no stacks in {quoted(loaded)}")
    for stack in stacks:
        try:
            found = [Output(each["OutputKey"], each["OutputValue"], stack["StackName"]) for each in stack["Outputs"]]
        except (KeyError, TypeError) as error:
            raise GeneratorError(f"no outputs in {quoted(stack)}") from error
        if not all(isinstance(part, str) for output in found for part in output):
            raise GeneratorError(f"an output that is no text in {quoted(stack)}")
        yield from found
