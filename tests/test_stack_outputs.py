"""Outputs of stacks as parameters of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import stack_outputs
from generator.errors import GeneratorError


def _stack(name: str, **outputs: Any) -> dict[str, Any]:
    told = [{"OutputKey": key, "OutputValue": value, "Description": "Told."} for key, value in outputs.items()]
    return {"StackName": name, "StackStatus": "CREATE_COMPLETE", "Outputs": told}


def _document(*stacks: Any) -> bytes:
    return json.dumps({"Stacks": stacks}).encode()


def test_outputs_of_several_stacks_come_together() -> None:
    """Two stacks in one document, or in two: all that they tell, and what they agree on."""
    network, registry = (
        _stack("network", VpcId="vpc-1", Zone="a"),
        _stack("registry", RepositoryName="team/x", Zone="a"),
    )
    expected = {"VpcId": "vpc-1", "Zone": "a", "RepositoryName": "team/x"}
    assert expected == stack_outputs.read([("both", _document(network, registry))], expected)
    assert expected == stack_outputs.read([("one", _document(network)), ("other", _document(registry))], expected)


def test_stacks_that_disagree_are_an_error() -> None:
    """Two networks: which of them is meant, nobody can guess."""
    documents = [("one", _document(_stack("a", VpcId="vpc-1"))), ("other", _document(_stack("b", VpcId="vpc-2")))]
    with pytest.raises(GeneratorError, match='VpcId is "vpc-1" by a, "vpc-2" by b'):
        stack_outputs.read(documents, {"VpcId"})


def test_stacks_may_disagree_on_what_nobody_asks_for() -> None:
    """Network and registry each have a key: a template without such a parameter takes what else they tell."""
    documents = [
        ("one", _document(_stack("network", VpcId="vpc-1", KeyArn="key-1"))),
        ("other", _document(_stack("registry", RepositoryName="team/x", KeyArn="key-2"))),
    ]
    told = stack_outputs.read(documents, {"VpcId", "RepositoryName"})
    assert ("vpc-1", "team/x") == (told["VpcId"], told["RepositoryName"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expecting value"),
        (b"\xff", "can't decode"),
        (b"[" * 100_000, "recursion"),
        (b"[]", "no stacks in []"),
        (b'{"Stacks": []}', 'no stacks in {"Stacks": []}'),
        (b'{"Stacks": [{"StackName": "a"}]}', 'no outputs in {"StackName": "a"}'),
        (b'{"Stacks": ["a"]}', 'no outputs in "a"'),
        (_document(_stack("a", VpcId=1)), "an output that is no text"),
    ],
)
def test_what_describe_stacks_never_prints_is_refused(content: bytes, said: str) -> None:
    """The file is named, with what is wrong in it and what would be right."""
    with pytest.raises(GeneratorError) as error:
        stack_outputs.read([("file.json", content)], ())
    message = str(error.value)
    assert message.startswith("file.json: ")
    assert said in message
    assert "allowed: what `aws cloudformation describe-stacks --output json` prints" in message


def test_all_problems_are_told_at_once() -> None:
    """Two bad files are two lines."""
    with pytest.raises(GeneratorError) as error:
        stack_outputs.read([("one", b"{"), ("other", b"{}")], ())
    assert ["one", "other"] == [line.partition(":")[0] for line in str(error.value).splitlines()]
