"""The outputs of stacks, as `aws cloudformation describe-stacks` prints them, as parameters of other stacks.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/describe-stacks.html
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generator import json_text
from generator.errors import GeneratorError
from generator.findings import quoted
from generator.model.export_names import coupling_of

FORM = 'allowed: what `aws cloudformation describe-stacks --output json` prints, {"Stacks": [...]}'


class OutputValue(NamedTuple):
    """A value for the parameter of this name, and the stack that it comes from."""

    name: str
    value: str
    stack: str


def read(documents: Iterable[tuple[str, str]], parameters: Container[str]) -> dict[str, str]:
    """The value of every output by its name. `documents` are names, for messages, and contents.

    An exported output is imported without a parameter for its value. It gives the name of its network or platform, as
    the value of the parameter `Network` or `Platform`.

    Stacks may have the same output. Two values for one of the `parameters` are an error, as is a stack without outputs;
    of other outputs, such as the key that each stack has, the first value is kept.
    """
    found: dict[str, OutputValue] = {}
    problems: dict[str, None] = {}
    for document, content in documents:
        try:
            for output in _outputs(document, json_text.parse(content, document)):
                first = found.setdefault(output.name, output)
                if first.value != output.value and output.name in parameters:
                    one, other = (f"{quoted(each.value)} by {each.stack}" for each in (first, output))
                    problems[f"{output.name} is {one}, {other}"] = None
        except GeneratorError as error:
            problems[f"{error}; {FORM}"] = None
    if problems:
        raise GeneratorError("\n".join(problems))
    return {name: output.value for name, output in found.items()}


def _outputs(document: str, loaded: Any) -> Iterator[OutputValue]:
    stacks = loaded.get("Stacks") if isinstance(loaded, dict) else None
    if not isinstance(stacks, list) or not stacks:
        raise GeneratorError(f"{document}: no stacks in {quoted(loaded)}")
    for stack in stacks:
        try:
            outputs = [OutputValue(*_parameter(each), stack["StackName"]) for each in stack["Outputs"]]
        except (AttributeError, KeyError, TypeError) as error:
            raise GeneratorError(f"{document}: no outputs in {quoted(stack)}") from error
        if not all(isinstance(part, str) for output in outputs for part in output):
            raise GeneratorError(f"{document}: an output whose value is not a text in {quoted(stack)}")
        yield from outputs


def _parameter(output: Mapping[str, Any]) -> tuple[str, str]:
    """The parameter that an output is for, and its value."""
    key, value = output["OutputKey"], output["OutputValue"]
    return coupling_of(output.get("ExportName", "")) or (key, value)
